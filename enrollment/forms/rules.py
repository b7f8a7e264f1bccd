"""What program managers type of rules that are in force for a time."""

from itertools import combinations

from django import forms
from django.forms.models import BaseInlineFormSet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment.models import CompetencyExam, Exam
from enrollment.models.rules import OVERLAPS
from portal import clock


class LabeledFormSet(BaseInlineFormSet):
    """Rows of one parent in a table, whose headings are no labels to a reader."""

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        """Name the box that takes a row away."""
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            label = str(form.fields["DELETE"].label)
            form.fields["DELETE"].widget.attrs["aria-label"] = label


class DatedFormSet(LabeledFormSet):
    """Rows of one parent, judged together: alike ones never share a day.

    One row may make room in the same step for the row that follows it.
    """

    def clean(self) -> None:
        super().clean()
        for earlier, later in combinations(filter(self._is_kept, self.forms), 2):
            if _are_alike(earlier, later) and earlier.instance.meets(later.instance):
                later.add_error("valid_from", OVERLAPS)

    def _is_kept(self, form: forms.ModelForm) -> bool:
        is_filled = bool(form.instance.pk) or form.has_changed()
        return is_filled and form.is_valid() and not form.cleaned_data.get("DELETE")


def _are_alike(form: forms.ModelForm, other: forms.ModelForm) -> bool:
    name: str = form.instance.told_apart_by
    return bool(form.cleaned_data[name] == other.cleaned_data[name])


class CompetencyExamForm(forms.ModelForm):
    """An exam that shows skill in a competency, for a time."""

    class Meta:
        model = CompetencyExam
        fields = ["exam", "valid_from", "valid_until"]

    def clean_exam(self) -> Exam:
        exam: Exam = self.cleaned_data["exam"]
        until = exam.counts_until
        if "exam" in self.changed_data and until and until < clock.today():
            raise forms.ValidationError(
                _("%(exam)s counted until %(date)s only. Choose another exam.")
                % {"exam": exam.code, "date": date_format(until)},
                code="retired",
            )
        return exam
