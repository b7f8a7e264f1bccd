"""What the database holds beyond the models: rights, row-level security, ties.

Part of the initial migration, which is otherwise written by ``fold_migrations``.
"""

from django.db.migrations import RunSQL

from portal.policies import (
    ORGANIZATIONS,
    PERSON,
    DropBox,
    EnableTenancy,
    KeepToPerson,
    KeepToPersonThere,
    Seal,
    TieTogether,
)
from portal.rights import (
    REFUSE_DECISION,
    AskAcross,
    MembersMay,
    OpenToDirectory,
    SponsorDecides,
    of_listed,
    trigger,
)
from portal.text_sql import FUNCTION as TEXT_KEY

RIGHTS = "SELECT, INSERT, UPDATE, DELETE"
ROLES = "portal_app, portal_sponsor"
KNOWS = f"""is_listed
    OR EXISTS (SELECT FROM portal_acquaintance a
        WHERE a.organization_id = ANY (({ORGANIZATIONS}))
            AND a.known_id = portal_organization.id)
    OR EXISTS (SELECT FROM portal_membership m
        WHERE m.person_id = {PERSON} AND m.organization_id = portal_organization.id)"""
# What the directory's role reads of people: no password.
KNOWN = "id, name, language, email, is_active, is_staff, is_superuser, last_login"

# A day in a zone, or none where the database knows no such zone.
DAY_IN = """
CREATE FUNCTION public.portal_day_in(zone text, moment timestamptz)
RETURNS date LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN timezone(zone, moment)::date;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN NULL;
END
$$
"""
# Who proves an address takes it from who only claimed it: that account goes.
PROVED = """
CREATE FUNCTION portal_keep_proved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.is_staff OR EXISTS (
        SELECT FROM account_emailaddress WHERE user_id = OLD.id AND verified
    ) THEN
        RAISE EXCEPTION 'The sponsor alone deletes who has proved an address'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER keep_proved BEFORE DELETE ON portal_user
FOR EACH ROW WHEN (current_user = 'portal_app')
EXECUTE FUNCTION portal_keep_proved();
"""

# What a person did to the own account, beside what organizations read.
OWN = f"""
CREATE POLICY own ON portal_auditentry TO portal_app
USING (person_id = {PERSON} AND parties = '{{}}')
"""
# The sponsor removes a second factor for who has lost it, and after the waiting time.
KEEP_SECOND_FACTOR = """
CREATE FUNCTION portal_keep_second_factor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM portal_secondfactorrecovery
        WHERE person_id = OLD.user_id AND state = 'confirmed' AND removes_at <= now()
    ) THEN
        RAISE EXCEPTION 'A second factor is removed after its waiting time'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END $$
"""

WHO_ACTS = f"""
-- A member's entry says that the person of the transaction has acted, for one of its
-- organizations, and never that the sponsor has.
CREATE POLICY own_act ON portal_auditentry AS RESTRICTIVE FOR INSERT TO portal_app
WITH CHECK (
    side <> 'sponsor'
    AND (person_id IS NULL OR person_id = {PERSON})
    AND (organization_id IS NULL OR organization_id = ANY (({ORGANIZATIONS})))
);
"""

BEFORE = [RunSQL(DAY_IN), RunSQL(TEXT_KEY)]
AFTER = [
    RunSQL(
        [
            f"GRANT USAGE ON SCHEMA public TO {ROLES}",
            f"GRANT {RIGHTS} ON ALL TABLES IN SCHEMA public TO portal_sponsor",
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO portal_app",
            f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {ROLES}",
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {RIGHTS} ON TABLES TO portal_sponsor",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO portal_app",
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
    RunSQL(WHO_ACTS),
    EnableTenancy("Domain", "organization"),
    EnableTenancy("AdminRecovery", "organization"),
    EnableTenancy("SavedAddress", "organization"),
    EnableTenancy("TableImport", "organization"),
    KeepToPersonThere("TableExport", "organization"),
    KeepToPersonThere("TemporaryFile", "organization"),
    DropBox("Email"),
    Seal("SealedBody"),
    KeepToPerson("SecondFactorRecovery", "person"),
    TieTogether(
        "Membership",
        ["organization", "organization_kind"],
        "portal.Organization",
        ["id", "kind"],
    ),
    RunSQL("GRANT USAGE ON SCHEMA public TO portal_directory"),
    OpenToDirectory("Organization", "is_listed"),
    OpenToDirectory("Location", of_listed("organization_id")),
    OpenToDirectory(
        "Domain", f"verified_at IS NOT NULL AND {of_listed('organization_id')}"
    ),
    OpenToDirectory("User", columns=f"{KNOWN}, date_joined"),
    OpenToDirectory("Reason"),
    OpenToDirectory("Place"),
    AskAcross(
        "portal_companies_with_domains(names text[])",
        "TABLE (name text, organization bigint)",
        """
            SELECT name, organization_id FROM portal_domain
            WHERE name = ANY (names) AND verified_at IS NOT NULL
        """,
    ),
    AskAcross(
        "portal_taken_slugs(slugs text[])",
        "SETOF text",
        "SELECT slug FROM portal_organization WHERE slug = ANY (slugs)",
    ),
    AskAcross(
        "portal_inviting_organization(hash text)",
        "bigint",
        "SELECT organization_id FROM portal_invitation WHERE token_hash = hash",
    ),
    RunSQL(REFUSE_DECISION),
    MembersMay("Organization", "INSERT", "UPDATE"),
    MembersMay("Location", "INSERT"),
    MembersMay("Membership", "INSERT", "UPDATE"),
    MembersMay("Invitation", "INSERT", "UPDATE"),
    MembersMay("Acquaintance", "INSERT"),
    MembersMay("Document", "INSERT"),
    MembersMay("AuditEntry", "INSERT"),
    MembersMay("Domain", "INSERT", "UPDATE"),
    MembersMay("AdminRecovery", "INSERT", "UPDATE"),
    MembersMay("SavedAddress", "INSERT", "UPDATE", "DELETE"),
    MembersMay("TableImport", "INSERT", "UPDATE", "DELETE"),
    MembersMay("TableExport", "INSERT", "UPDATE", "DELETE"),
    MembersMay("TemporaryFile", "INSERT", "DELETE"),
    MembersMay("Email", "INSERT"),
    MembersMay("User", "INSERT", "UPDATE", "DELETE"),
    MembersMay("CacheEntry", "INSERT", "UPDATE", "DELETE"),
    MembersMay("SecondFactorRecovery", "INSERT", "UPDATE"),
    RunSQL(PROVED),
    SponsorDecides("Organization", "kind"),
    SponsorDecides("User", "is_staff", "is_superuser", "is_active"),
    SponsorDecides(
        "SecondFactorRecovery",
        "person",
        "opened_by",
        "reason",
        "confirmed_by",
        "confirmed_at",
        "removes_at",
        "refusal",
        states=["opened", "confirmed", "completed", "declined"],
    ),
    RunSQL(OWN),
    RunSQL(KEEP_SECOND_FACTOR),
    RunSQL(trigger("INSERT", "portal_user", "NEW.is_staff OR NEW.is_superuser")),
]
