"""What the database holds beyond the models: extensions, row-level security, ties.

Part of the initial migration, which is otherwise written by ``fold_migrations``.
"""

from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.db.migrations import RunSQL

from portal.policies import (
    PERSON,
    EnableTenancy,
    TieTogether,
)
from portal.rights import (
    AskAcross,
    MembersMay,
    OpenToDirectory,
    SponsorDecides,
    of_listed,
)

CATALOGUE = [
    "Competency",
    "CompetencyExam",
    "EngagementType",
    "Exam",
    "Offering",
    "Program",
    "ProgramAgreement",
    "ProgramRequirement",
    "Qualification",
    "Tag",
]
ROLES = "portal_app, portal_sponsor"
OF_PARTNERS = [
    "Certificate",
    "Consultant",
    "DirectoryEntry",
    "Enrollment",
    "EnrollmentLine",
    "HeldCompetency",
    "Listing",
    "ProfileLocation",
    "ProfileTag",
    "Signature",
]


def tied(model, field, target):
    """Hold a row's partner equal to that of the row it points to."""
    return TieTogether(model, [field, "partner"], target, ["id", "partner"])


CARRIED = """
CREATE FUNCTION enrollment_carry_what_is_verified() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'verified' AND EXISTS (
        SELECT FROM enrollment_certificate earlier
        JOIN enrollment_consultant there ON there.id = earlier.consultant_id
        JOIN enrollment_consultant here ON here.person_id = there.person_id
        WHERE here.id = NEW.consultant_id AND earlier.state = 'verified'
            AND earlier.exam_id = NEW.exam_id AND earlier.passed_on = NEW.passed_on
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'The sponsor alone decides this'
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER carry_what_is_verified BEFORE INSERT ON enrollment_certificate
FOR EACH ROW WHEN (current_user = 'portal_app' AND NEW.state <> 'claimed')
EXECUTE FUNCTION enrollment_carry_what_is_verified();
"""

BEFORE = [BtreeGistExtension(), TrigramExtension()]
AFTER = [
    EnableTenancy("HeldCompetency", "partner"),
    EnableTenancy("Signature", "partner"),
    EnableTenancy("Enrollment", "partner"),
    EnableTenancy("EnrollmentLine", "partner"),
    EnableTenancy("BusinessProfile", "partner"),
    EnableTenancy("Consultant", "partner"),
    EnableTenancy("Certificate", "partner"),
    EnableTenancy("Confirmation", "partner"),
    EnableTenancy("Pin", "partner"),
    EnableTenancy("ProfileTag", "partner"),
    EnableTenancy("ProfileLocation", "partner"),
    EnableTenancy("ProfileDraft", "partner"),
    EnableTenancy("Listing", "partner"),
    EnableTenancy("DirectoryEntry", "partner"),
    EnableTenancy("Enquiry", "customer", "partner"),
    tied("EnrollmentLine", "enrollment", "enrollment.Enrollment"),
    tied("Enrollment", "follows", "enrollment.Enrollment"),
    tied("Confirmation", "enrollment", "enrollment.Enrollment"),
    tied("Pin", "enrollment", "enrollment.Enrollment"),
    tied("Certificate", "consultant", "enrollment.Consultant"),
    tied("ProfileTag", "profile", "enrollment.BusinessProfile"),
    tied("ProfileLocation", "profile", "enrollment.BusinessProfile"),
    tied("ProfileDraft", "profile", "enrollment.BusinessProfile"),
    tied("DirectoryEntry", "profile", "enrollment.BusinessProfile"),
    TieTogether(
        "ProfileLocation",
        ["location", "partner"],
        "portal.Location",
        ["id", "organization"],
    ),
    *(OpenToDirectory(model) for model in CATALOGUE),
    *(OpenToDirectory(model, of_listed("partner_id")) for model in OF_PARTNERS),
    OpenToDirectory(
        "BusinessProfile", f"state = 'published' AND {of_listed('partner_id')}"
    ),
    RunSQL(
        [
            "GRANT SELECT ON portal_document TO portal_directory",
            """
            CREATE POLICY directory ON portal_document
            FOR SELECT TO portal_directory
            USING (id IN (SELECT logo_id FROM enrollment_businessprofile))
            """,
        ],
    ),
    AskAcross(
        "enrollment_employers_of_person()",
        "SETOF bigint",
        f"""
            SELECT DISTINCT partner_id FROM enrollment_consultant
            WHERE person_id = {PERSON}
        """,
    ),
    RunSQL(
        [
            """
            CREATE FUNCTION enrollment_keep_version(which bigint) RETURNS void
            LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
                SELECT FROM enrollment_programagreement
                WHERE id = which FOR SHARE
            $$
            """,
            "REVOKE ALL ON FUNCTION enrollment_keep_version(bigint) FROM PUBLIC",
            f"GRANT EXECUTE ON FUNCTION enrollment_keep_version(bigint) TO {ROLES}",
        ],
    ),
    MembersMay("HeldCompetency", "INSERT"),
    MembersMay("Signature", "INSERT"),
    MembersMay("Enrollment", "INSERT", "UPDATE"),
    MembersMay("EnrollmentLine", "INSERT", "UPDATE", "DELETE"),
    MembersMay("BusinessProfile", "INSERT", "UPDATE"),
    MembersMay("Consultant", "INSERT", "UPDATE"),
    MembersMay("Certificate", "INSERT"),
    MembersMay("Confirmation", "INSERT", "UPDATE", "DELETE"),
    MembersMay("Pin", "UPDATE"),
    MembersMay("ProfileTag", "INSERT", "UPDATE", "DELETE"),
    MembersMay("ProfileLocation", "INSERT", "UPDATE", "DELETE"),
    MembersMay("ProfileDraft", "INSERT", "UPDATE", "DELETE"),
    MembersMay("Listing", "INSERT", "UPDATE", "DELETE"),
    MembersMay("DirectoryEntry", "INSERT", "UPDATE", "DELETE"),
    MembersMay("Enquiry", "INSERT", "UPDATE"),
    SponsorDecides(
        "Enrollment",
        states=["active", "rejected", "suspended", "renewal_due", "lapsed"],
    ),
    SponsorDecides("EnrollmentLine", states=["approved", "refused"]),
    SponsorDecides("HeldCompetency", states=["verified", "returned"]),
    SponsorDecides("BusinessProfile", states=["returned"]),
    # A member brings along what the sponsor has verified at another company.
    RunSQL(CARRIED),
]
