"""What partners type about competencies, the agreement, offerings and profile."""

from enrollment.forms.agreements import SignForm
from enrollment.forms.competencies import CompetencyForm
from enrollment.forms.enrollments import OfferingsForm
from enrollment.forms.fields import DateInput
from enrollment.forms.profiles import ProfileForm

__all__ = [
    "CompetencyForm",
    "DateInput",
    "OfferingsForm",
    "ProfileForm",
    "SignForm",
]
