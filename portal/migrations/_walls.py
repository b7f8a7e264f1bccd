"""What the database holds beyond the models: rights, row-level security, ties.

Part of the initial migration, which is otherwise written by ``fold_migrations``.
"""

from django.db.migrations import RunSQL

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

BEFORE = []
AFTER = [
    RunSQL(
        [
            f"GRANT USAGE ON SCHEMA public TO {ROLES}",
            f"GRANT {RIGHTS} ON ALL TABLES IN SCHEMA public TO {ROLES}",
            f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {ROLES}",
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {RIGHTS} ON TABLES TO {ROLES}",
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {ROLES}",
        ]
    ),
    EnableTenancy("Organization", "id", reads=KNOWS),
    EnableTenancy("Location", "organization"),
    EnableTenancy("Membership", "organization", reads=f"person_id = {PERSON}"),
    EnableTenancy("Invitation", "organization"),
    EnableTenancy("Acquaintance", "organization", "known"),
    EnableTenancy("Document", "parties"),
    EnableTenancy("AuditEntry", "parties", append_only=True),
    EnableTenancy("Domain", "organization"),
    EnableTenancy("AdminRecovery", "organization"),
    EnableTenancy("SavedAddress", "organization"),
    DropBox("Email"),
    TieTogether(
        "Membership",
        ["organization", "organization_kind"],
        "portal.Organization",
        ["id", "kind"],
    ),
]
