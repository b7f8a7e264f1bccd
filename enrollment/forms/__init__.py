"""What partners type about competencies, the agreement, offerings and profile."""

from enrollment.forms.agreements import SignForm, VersionForm
from enrollment.forms.catalogue import (
    CompetencyExamForm,
    DatedFormSet,
    LabelledFormSet,
)
from enrollment.forms.competencies import CompetencyForm
from enrollment.forms.consultants import (
    CertificateForm,
    ConfirmForm,
    EndForm,
    InviteConsultantForm,
)
from enrollment.forms.directory import SearchForm
from enrollment.forms.eligibility import EligibilityForm
from enrollment.forms.enquiries import AcceptForm, DeclineForm, EnquiryForm
from enrollment.forms.enrollments import AddOfferingForm, OfferingsForm, PinsForm
from enrollment.forms.leavers import HandOverForm, WhatIfForm
from enrollment.forms.profiles import CountryOfProfileForm, KeptLogo, ProfileForm

__all__ = [
    "AcceptForm",
    "AddOfferingForm",
    "CertificateForm",
    "CompetencyExamForm",
    "CompetencyForm",
    "ConfirmForm",
    "CountryOfProfileForm",
    "DatedFormSet",
    "DeclineForm",
    "EligibilityForm",
    "EndForm",
    "EnquiryForm",
    "HandOverForm",
    "InviteConsultantForm",
    "KeptLogo",
    "LabelledFormSet",
    "OfferingsForm",
    "PinsForm",
    "ProfileForm",
    "SearchForm",
    "SignForm",
    "VersionForm",
    "WhatIfForm",
]
