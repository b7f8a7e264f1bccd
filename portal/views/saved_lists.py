"""Lists that people keep under a name."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import BigIntegerField
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from portal.lists import kept_query
from portal.services import saved_lists
from portal.web import Request, member, refusals_shown


class PageForm(forms.Form):
    """The page of a list and its query."""

    page = forms.ChoiceField(
        choices=lambda: [(page, page) for page in settings.SAVED_LISTS]
    )
    query = forms.CharField(max_length=1000, required=False)

    def clean_query(self) -> str:
        try:
            return kept_query(self.cleaned_data["query"])
        except ValueError as error:
            sentence = _("This address asks for more than a list has.")
            raise ValidationError(sentence, code="invalid") from error


class ListNameForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)


class SavedForm(forms.Form):
    """Which saved list is meant: a key as the database has them."""

    saved = forms.IntegerField(min_value=1, max_value=BigIntegerField.MAX_BIGINT)


@require_POST
@member()
def save(request: Request) -> HttpResponse:
    """Keep what a list shows, and go back to it."""
    form, name_form = PageForm(request.POST), ListNameForm(request.POST)
    if not form.is_valid() or not form.cleaned_data["query"]:
        messages.error(request, _("Choose first what the list shows, then save it."))
    elif not name_form.is_valid():
        messages.error(request, _("Give the list a name of at most 60 characters."))
    else:
        name = name_form.cleaned_data["name"]
        with refusals_shown(request):
            saved_lists.save_address(name=name, **form.cleaned_data, by=request.actor)
            messages.success(
                request, _("The list is saved as “%(name)s”.") % {"name": name}
            )
    return go_back(request, form)


@require_POST
@member()
def remove(request: Request) -> HttpResponse:
    """Remove a list that the person keeps, and go back to where the button was."""
    form = PageForm(request.POST)
    form.is_valid()
    saved_form = SavedForm(request.POST)
    is_there = saved_form.is_valid() and saved_lists.remove_address(
        saved_form.cleaned_data["saved"], by=request.actor
    )
    if is_there:
        messages.success(
            request,
            _("The saved list is removed; its vouchers and days are not touched."),
        )
    else:
        messages.warning(request, _("There is no such saved list any more."))
    return go_back(request, form)


def go_back(request: Request, form: PageForm) -> HttpResponse:
    """Go back to the list, as it was shown."""
    page = form.cleaned_data.get("page", "organization:home")
    query = form.cleaned_data.get("query", "")
    url = reverse(page, args=[request.organization.slug])
    return redirect(f"{url}?{query}" if query else url)
