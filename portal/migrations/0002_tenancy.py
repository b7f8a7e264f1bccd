"""Give the portal's roles their rights, and each organization its own rows only."""

from django.db import migrations

from portal.policies import (
    ORGANIZATION,
    PERSON,
    DropBox,
    EnableTenancy,
    TieTogether,
)

RIGHTS = "SELECT, INSERT, UPDATE, DELETE"
ROLES = "portal_app, portal_sponsor"
KNOWS = f"""is_listed
    OR EXISTS (SELECT FROM portal_acquaintance a
        WHERE a.organization_id = {ORGANIZATION} AND a.known_id = portal_organization.id)
    OR EXISTS (SELECT FROM portal_membership m
        WHERE m.person_id = {PERSON} AND m.organization_id = portal_organization.id)"""


class Migration(migrations.Migration):
    dependencies = [("portal", "0001_initial")]

    operations = [
        migrations.RunSQL(
            [
                f"GRANT USAGE ON SCHEMA public TO {ROLES}",
                f"GRANT {RIGHTS} ON ALL TABLES IN SCHEMA public TO {ROLES}",
                f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {ROLES}",
                f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {RIGHTS} ON TABLES TO {ROLES}",
                f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {ROLES}",
            ],
            [
                f"ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM {ROLES}",
                f"ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM {ROLES}",
            ],
        ),
        EnableTenancy("Organization", "id", reads=KNOWS),
        EnableTenancy("Location", "organization"),
        EnableTenancy("Membership", "organization", reads=f"person_id = {PERSON}"),
        EnableTenancy("Invitation", "organization"),
        EnableTenancy("Acquaintance", "organization", "known"),
        EnableTenancy("Document", "parties"),
        EnableTenancy("AuditEntry", "parties", append_only=True),
        DropBox("Email"),
        TieTogether(
            "Membership",
            ["organization", "organization_kind"],
            "portal.Organization",
            ["id", "kind"],
        ),
    ]
