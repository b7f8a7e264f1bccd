from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class LineState(models.TextChoices):
    ASKED = "asked", pgettext_lazy("offering", "Asked for")
    APPROVED = "approved", pgettext_lazy("offering", "Approved")
    REFUSED = "refused", pgettext_lazy("offering", "Refused")


LINE_MOVES = [("asked", "approved"), ("asked", "refused"), ("refused", "asked")]

# A line counts under its enrollment: it is approved with it or later, never before.
APPROVED_IN_A_PERIOD = """
    IF EXISTS (
        SELECT FROM enrollment_enrollment
        WHERE id = NEW.enrollment_id
            AND state IN ('in_progress', 'submitted', 'rejected')
    ) THEN
        RAISE EXCEPTION 'enrollment_line_approved_in_a_period'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class EnrollmentState(models.TextChoices):
    IN_PROGRESS = "in_progress", _("In progress")
    SUBMITTED = "submitted", _("In review")
    ACTIVE = "active", _("Active")
    RENEWAL_DUE = "renewal_due", _("Renewal due")
    LAPSED = "lapsed", _("Lapsed")
    REJECTED = "rejected", _("Rejected")
    SUSPENDED = "suspended", _("Suspended")


OPEN = [EnrollmentState.IN_PROGRESS, EnrollmentState.SUBMITTED]
UNSENT = [EnrollmentState.IN_PROGRESS, EnrollmentState.REJECTED]
RUNNING = [EnrollmentState.ACTIVE, EnrollmentState.RENEWAL_DUE]
DECIDED = [*RUNNING, EnrollmentState.LAPSED, EnrollmentState.SUSPENDED]
# A period that is over was good for its days; a suspended one is not.
GOOD_FOR_ITS_DAYS = [*RUNNING, EnrollmentState.LAPSED]

ENROLLMENT_MOVES = [
    ("active", "lapsed"),
    ("active", "renewal_due"),
    ("active", "suspended"),
    ("in_progress", "submitted"),
    ("renewal_due", "lapsed"),
    ("renewal_due", "suspended"),
    ("submitted", "active"),
    ("submitted", "in_progress"),
    ("submitted", "rejected"),
    ("suspended", "active"),
]
