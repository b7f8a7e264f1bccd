"""The key by which typed text identifies, for unique constraints."""

from django.db.migrations import Migration as Base
from django.db.migrations import RunSQL

from portal.text_sql import FUNCTION


class Migration(Base):
    dependencies = [("portal", "0004_mails_set_aside")]
    operations = [RunSQL(FUNCTION, "DROP FUNCTION portal_text_key(text)")]
