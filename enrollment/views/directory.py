"""Pages of the directory, for everybody."""

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from enrollment.forms.directory import SearchForm
from enrollment.presentation import directory
from enrollment.presentation.directory import DirectoryPage, PageEdge
from enrollment.services import roles
from portal.models import Place
from portal.services import people
from portal.text import parse_int
from portal.web import Request

PAGING = ("after", "before")
OTHER_CITIES = 4


@login_not_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Search the partners; the address keeps what was asked."""
    form = SearchForm(request.GET)
    results = directory.search(form.directory_search(), _edge(request.GET))
    context = {
        "form": form,
        "results": results,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "others": _other_cities(request, form),
        **_neighbors(request, results),
    }
    return render(request, "enrollment/directory/index.html", context)


def _edge(query: QueryDict) -> PageEdge | None:
    before = query.get("before", "")
    value, _, pk = (before or query.get("after", "")).rpartition("~")
    # A distance is a number; a saved address may have come from a list by name.
    is_right = parse_int(value) is not None or not query.get("place")
    key = parse_int(pk)
    if not value or key is None or not is_right:
        return None
    return PageEdge(value, key, bool(before))


def _neighbors(request: HttpRequest, results: DirectoryPage) -> dict[str, str]:
    return {
        "before_url": _address_with(request, "before", _words(results.before)),
        "after_url": _address_with(request, "after", _words(results.after)),
    }


def _words(edge: PageEdge | None) -> str:
    return f"{edge.value}~{edge.pk}" if edge else ""


def _address_with(request: HttpRequest, name: str, value: str) -> str:
    """Return this page's address with one wish changed, from the list's beginning."""
    if not value:
        return ""
    parameters = {
        k: v for k, v in request.GET.items() if v and k not in {*PAGING, name}
    }
    return f"{request.path}?{urlencode({**parameters, name: value})}"


def _other_cities(request: HttpRequest, form: SearchForm) -> list[tuple[Place, str]]:
    others = form.cities[1 : OTHER_CITIES + 1]
    return [(city, _address_with(request, "at", str(city.pk))) for city in others]


@login_not_required
@require_safe
def partner(request: HttpRequest, slug: str, country: str) -> HttpResponse:
    """Show a listed partner's profile for one country."""
    profile = directory.shown_partner(slug, country)
    if profile is None:
        raise Http404
    context = {"shown": profile, "card": profile.card}
    return render(request, "enrollment/directory/partner.html", context)


@require_safe
def contact(request: Request, slug: str, country: str) -> HttpResponse:
    """Lead a signed-in person to the form of the organization that asks."""
    profile = directory.shown_partner(slug, country)
    if profile is None:
        raise Http404
    places = [
        place
        for place in people.places_of(request.user)
        if set(place.roles) & set(roles.ASKERS)
    ]
    query = urlencode({"partner": profile.slug, "country": profile.country})
    urls = [
        (place.organization, f"{_form_url(place.organization.slug)}?{query}")
        for place in places
    ]
    if len(urls) == 1:
        return redirect(urls[0][1])
    context = {"shown": profile, "urls": urls}
    return render(request, "enrollment/directory/contact.html", context)


def _form_url(slug: str) -> str:
    return reverse("enrollment:enquire", args=[slug])
