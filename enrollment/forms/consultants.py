"""What partners type about consultants and their certificates."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from enrollment.models import Certificate, Exam
from portal.fields import DayField
from portal.forms import DocumentField


class InviteConsultantForm(forms.Form):
    """Whom to invite as a consultant."""

    email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_(
            "The person joins by a link and then confirms to work for your company."
        ),
    )


class ConfirmForm(forms.Form):
    """Since when a person works here, and until when somewhere else."""

    since = DayField(label=_("I work for this company since"))
    left_on = DayField(
        label=_("My last day at my former company"),
        required=False,
        help_text=_(
            "The portal still knows you as a consultant of another company. Type your"
            " last day there: one works for one company at a time."
        ),
    )

    def __init__(self, *args: Any, asks_for_former: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_for_former:
            del self.fields["left_on"]


class EndEmploymentForm(forms.Form):
    """The last day of an employment."""

    until = DayField(label=_("Last day"))


class ExamInput(forms.TextInput):
    """A code that is typed, with the known ones to choose from."""

    template_name = "enrollment/consultants/exam_input.html"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        listed = f"{context['widget']['attrs'].get('id', name)}-codes"
        context["widget"]["attrs"]["list"] = listed
        return {**context, "listed": listed, "exams": Exam.objects.order_by("code")}


class ExamField(forms.CharField):
    """An exam, named by its code however it is written."""

    widget = ExamInput

    def clean(self, value: Any) -> Any:
        code = super().clean(value)
        exam = Exam.objects.filter(code__iexact=code).first()
        if exam is None:
            raise ValidationError(
                _(
                    "The sponsor's list has no exam with the code “%(code)s”. Compare"
                    " it with the proof."
                ),
                code="unknown",
                params={"code": code},
            )
        return exam


class CertificateForm(forms.ModelForm):
    """A passed exam, how long it is valid, and the file that proves it."""

    exam = ExamField(
        label=_("Exam"),
        max_length=20,
        help_text=_("The code as it stands in the proof; the list offers the codes."),
    )
    proof = DocumentField(
        label=_("Proof"),
        help_text=_("The certificate with the consultant's name, exam and dates."),
    )

    class Meta:
        model = Certificate
        fields = ["passed_on", "valid_until"]
        help_texts = {"valid_until": _("Leave it empty when it has no end.")}

    field_order = ["exam", "passed_on", "valid_until", "proof"]
