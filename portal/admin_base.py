"""What admin classes share: records to read, and actions that call services."""

from collections.abc import Callable, Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_fsm import TransitionNotAllowed

from portal.actors import staff_of
from portal.audit import timeline
from portal.findings import Finding, Refused, Text
from portal.shown import hidden_field
from portal.states import why_not
from portal.text import parse_int
from portal.web import refusal_text, refusals_shown

# So many records are named on the page of an action, and so many after it.
MOST_SHOWN = 50
MOST_TOLD = 10

ServiceRefusal = Refused | TransitionNotAllowed


class ReasonForm(forms.Form):
    """The reason of a decision, which the other side reads."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "The other side reads this. Say what is missing and how to mend it."
        ),
    )


class RecordedReasonForm(ReasonForm):
    """The reason of an action at the sponsor's own request."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "It stays in the records; where a company is told, it reads this."
        ),
    )


class AdminAction:
    """A button for reviewers: a service called for each selected record.

    ``serve(record, by=actor, **typed)``; ``form`` asks for what the service needs,
    ``move`` names the record's transition where it is not the service's name.
    """

    # A template reads an action; only the admin carries it out.
    do_not_call_in_templates = True

    def __init__(
        self,
        serve: Callable[..., Any],
        title: Text,
        *duties: str,
        form: type[forms.Form] | None = None,
        move: str = "",
    ) -> None:
        self.serve = serve
        self.short_description = title
        self.duties = duties
        self.form = form
        self.name = getattr(serve, "__name__", "action")
        self.move = move or self.name

    def __call__(
        self, page: admin.ModelAdmin, request: HttpRequest, rows: QuerySet
    ) -> HttpResponse | None:
        form = self._filled_in(request)
        count = rows.count() if self.form else 0
        if form is None or (form.is_valid() and self._is_confirmed(form, count)):
            done, refusals = self._carry_out(
                request, rows, form.cleaned_data if form else {}
            )
            # Of one record the form comes back as it was filled in, with the reason.
            if form is None or done or len(refusals) != 1:
                self._tell(request, done, refusals)
                return self._back(request, page)
            [(_row, refusal)] = refusals
            with refusals_shown(request, form):
                raise refusal
        listed_rows = rows.order_by("pk")[:MOST_SHOWN]
        context = {
            **page.admin_site.each_context(request),
            "title": self.short_description,
            "opts": page.opts,
            "rows": listed_rows,
            "count": count,
            "more": max(count - MOST_SHOWN, 0),
            "form": form,
            "action": self.name,
            "checkbox": ACTION_CHECKBOX_NAME,
            "is_across": request.POST.get("select_across") == "1",
            "record": request.POST.get("record", ""),
        }
        return TemplateResponse(request, "admin/action.html", context)

    def _is_confirmed(self, form: forms.Form, count: int) -> bool:
        """Tell whether as many records are selected now as the page has named."""
        named = form.data.get("count", "")
        if named in ("", str(count)):
            return True
        form.add_error(
            None,
            _(
                "This page named %(named)s records; now it would be %(count)s. Nothing"
                " was done. Look at them, and send this once more if you still want it."
            )
            % {"named": named, "count": count},
        )
        return False

    def why_not(self, row: Any) -> str:
        """Say why the record's machine would refuse; empty when it would not."""
        has_move = hasattr(getattr(row, self.move, None), "_django_fsm")
        return why_not(row, self.move) if has_move else ""

    def _filled_in(self, request: HttpRequest) -> forms.Form | None:
        if self.form is None:
            return None
        return self.form(request.POST if "carry_out" in request.POST else None)

    def _back(
        self, request: HttpRequest, page: admin.ModelAdmin
    ) -> HttpResponse | None:
        """Go back to the record if the action began there, else to the list."""
        record = request.POST.get("record", "")
        if parse_int(record) is None:
            return None
        opts = page.opts
        name = f"admin:{opts.app_label}_{opts.model_name}_change"
        return redirect(name, record)

    def _carry_out(
        self, request: HttpRequest, rows: QuerySet, cleaned_data: dict[str, Any]
    ) -> tuple[list[str], list[tuple[str, ServiceRefusal]]]:
        """Return the names of the records done, and each refusal with its record."""
        actor = staff_of(request)
        done: list[str] = []
        refusals: list[tuple[str, ServiceRefusal]] = []
        for row in rows.order_by("pk"):
            try:
                with transaction.atomic():
                    self.serve(row, by=actor, **cleaned_data)
            except (Refused, TransitionNotAllowed) as refusal:
                refusals.append((str(row), refusal))
            else:
                done.append(str(row))
        return done, refusals

    def _tell(
        self,
        request: HttpRequest,
        done: list[str],
        refusals: list[tuple[str, ServiceRefusal]],
    ) -> None:
        """Say what was done; of many records their number, and the first refusals."""
        actor = staff_of(request)
        for name, refusal in refusals[:MOST_TOLD]:
            messages.error(request, f"{name}: {refusal_text(refusal, actor)}")
        if len(refusals) > MOST_TOLD:
            messages.error(
                request,
                _("Not done to %(count)s more records.")
                % {"count": len(refusals) - MOST_TOLD},
            )
        title = self.short_description
        if len(done) > MOST_TOLD:
            words = {"action": title, "count": len(done)}
            messages.success(
                request, _("%(action)s: done to %(count)s records.") % words
            )
            return
        for name in done:
            messages.success(
                request,
                _("%(row)s: %(action)s, done.") % {"row": name, "action": title},
            )
        if not done and not refusals:
            messages.warning(request, _("No record is left: nothing was done."))


class ShownFilters(ChangeList):
    """A list that accepts only the filters that it shows.

    Django filters by any column that an address names, such as ``password__gte=…``:
    whoever may see a list could read, sign by sign, what it does not show.
    """

    def get_filters(self, request: HttpRequest) -> Any:
        try:
            answer = super().get_filters(request)
        except (OverflowError, ValueError) as error:
            # The year of a date hierarchy has no year after it.
            raise IncorrectLookupParameters(error) from error
        # What no filter has taken; the bounds of a chosen period are Django's own.
        lookups: dict[str, Any] = answer[2]
        for name in lookups.keys() & self.get_filters_params().keys():
            raise DisallowedModelAdminLookup(f"Filtering by {name} not allowed")
        return answer


class ReviewAdmin(admin.ModelAdmin):
    """A record that reviewers read; what they do is an action, nothing is typed."""

    record_actions: tuple[AdminAction, ...] = ()
    change_form_template = "admin/review.html"
    list_per_page = 50
    view_on_site = False
    show_full_result_count = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ShownFilters]:
        return ShownFilters

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """List the records, or carry an action out on the selected ones.

        Raises ``SuspiciousOperation`` where what is selected is no key.
        """
        try:
            for key in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.opts.pk.to_python(key)
        except ValidationError as error:
            raise SuspiciousOperation("A selected record has no such key.") from error
        return super().changelist_view(request, extra_context)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actor = staff_of(request)
        return {
            action.name: (action, action.name, str(action.short_description))
            for action in self.record_actions
            if actor.has(*action.duties)
        }

    def has_view_permission(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> bool:
        return bool(request.user.is_active and request.user.is_staff)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> bool:
        return False

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> models.Model | None:
        """Return a record; its form carries its state and that of the rows below it."""
        row: models.Model | None = super().get_object(request, object_id, from_field)
        if row is not None:
            # Before a form writes into it what was typed.
            row.shown_field = hidden_field(request, [row, *self._below(request, row)])  # type: ignore[attr-defined]
        return row

    def _below(self, request: HttpRequest, row: models.Model) -> Iterator[models.Model]:
        """Return the records that stand on the same page and can be changed there."""
        for inline in self.get_inline_instances(request, row):
            if inline.has_change_permission(request, row):
                formset: Any = inline.get_formset(request, row)
                yield from formset.model.objects.filter(**{formset.fk.name: row})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show or save a record; what speaks against saving stands in its form."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (Refused, IntegrityError) as error:
            request.refusal = error  # type: ignore[attr-defined]
        # The form is shown with it; nothing is saved a second time.
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        """Return the record's form; it says why the last attempt was refused."""
        return refusing_form(request, super().get_form(request, obj, change, **kwargs))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the record with its evidence, its history and the reviewer's actions."""
        row = self.get_object(request, object_id)
        actor = staff_of(request)
        context = {
            **(extra_context or {}),
            "record_actions": self._buttons(request, row) if row else [],
            "timeline": timeline(row, actor) if row else [],
            "evidence": self.evidence(row) if row else [],
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return super().change_view(request, object_id, form_url, context)

    def _buttons(self, request: HttpRequest, row: Any) -> list[tuple[AdminAction, str]]:
        record_actions = [action for action, *_ in self.get_actions(request).values()]
        return [(action, action.why_not(row)) for action in record_actions]

    def evidence(self, row: Any) -> list[tuple[Text, SafeString]]:
        """Return (title, html) blocks that help to decide about a record."""
        return []


def refusing_form(
    request: HttpRequest, form: type[forms.ModelForm]
) -> type[forms.ModelForm]:
    """Let a form refuse what could not be saved, beside the field that it names."""
    refusal: Exception | None = getattr(request, "refusal", None)
    if refusal is None:
        return form

    class RefusingForm(form):  # type: ignore[misc, valid-type]
        def clean(self) -> dict[str, Any]:
            data: dict[str, Any] = super().clean() or self.cleaned_data
            field = getattr(refusal, "field", "")
            self.add_error(field if field in self.fields else None, sentence)
            return data

    if isinstance(refusal, Refused):
        sentence = refusal_text(refusal, staff_of(request))
    else:
        sentence = _(
            "Somebody saved at the same moment what does not go with this. Nothing was"
            " saved: look at what is there now."
        )
    return RefusingForm


def findings_html(findings: list[Finding]) -> SafeString:
    return render_to_string("partials/findings.html", {"findings": findings})
