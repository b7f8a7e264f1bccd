"""Django's own, by which a test that really commits leaves nothing behind."""

from django.core.management.color import no_style
from django.core.management.commands import flush
from django.db import connections

# No test writes them, and making them anew took nearly as long as emptying the rest.
OF_MODELS = {"django_content_type", "auth_permission"}


class Command(flush.Command):
    def handle(self, **options):
        connection = connections[options["database"]]
        tables = connection.introspection.django_table_names(
            only_existing=True, include_views=False
        )
        statements = connection.ops.sql_flush(
            no_style(), [table for table in tables if table not in OF_MODELS]
        )
        connection.ops.execute_sql_flush(statements)
