"""What the database holds beyond the models: extensions, row-level security, ties.

Part of the initial migration, which is otherwise written by ``fold_migrations``.
"""

from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.db.migrations import RunSQL

from portal.policies import EnableTenancy, TieTogether


def tied(model, field, target):
    """Hold a row's partner equal to that of the row it points to."""
    return TieTogether(model, [field, "partner"], target, ["id", "partner"])


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
    # The trigger on versions looks for signatures, of which a role that works for one
    # organization sees its own alone: it changes no version.
    RunSQL("REVOKE UPDATE, DELETE ON enrollment_programagreement FROM portal_app"),
]
