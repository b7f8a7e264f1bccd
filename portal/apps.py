"""What the portal adds to each migration of its database."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from portal.policies import ORGANIZATIONS, PERSON

# pgtrigger lets any session name triggers that are to be ignored. Nobody may switch a
# guard of ours off; that PostgreSQL need not ask each time costs less besides.
KEEP_GUARDS = """
    CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name)
    RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false'
"""
# What libraries write in requests of members, before anybody is known or for the person
# alone; the rest of their tables the portal's own login only reads. In a transaction
# that works for somebody, second factors are the person's own.
LIBRARIES = f"""
    GRANT INSERT, UPDATE, DELETE ON account_emailaddress, account_emailconfirmation,
        mfa_authenticator, usersessions_usersession, django_session TO portal_app;
    REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM portal_sponsor;
    ALTER TABLE mfa_authenticator ENABLE ROW LEVEL SECURITY;
    DROP POLICY IF EXISTS party ON mfa_authenticator;
    CREATE POLICY party ON mfa_authenticator TO portal_app USING (
        user_id = {PERSON} OR {PERSON} IS NULL AND ({ORGANIZATIONS}) IS NULL);
    DROP POLICY IF EXISTS sponsor ON mfa_authenticator;
    CREATE POLICY sponsor ON mfa_authenticator TO portal_sponsor USING (true);
    CREATE OR REPLACE TRIGGER keep_second_factor BEFORE DELETE ON mfa_authenticator
        FOR EACH ROW WHEN (current_user = 'portal_sponsor')
        EXECUTE FUNCTION portal_keep_second_factor();
"""


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = _("Organizations and people")

    def ready(self) -> None:
        post_migrate.connect(keep_guards, sender=self)


def keep_guards(*, using: str, plan: list | None = None, **_rest: Any) -> None:
    """Keep every trigger on, after migrations that may have made it ignorable.

    Tables of libraries get their walls here too: they come after ours.
    """
    if plan:
        with connections[using].cursor() as cursor:
            cursor.execute(KEEP_GUARDS)
            cursor.execute(LIBRARIES)
