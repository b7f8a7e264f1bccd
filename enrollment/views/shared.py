"""What the pages of this app share."""

from functools import partial

from django.http import HttpResponse
from django.shortcuts import redirect

from portal.roles import Kind
from portal.web import Request, member

partner_page = partial(member, side=Kind.PARTNER)


def to_overview(request: Request) -> HttpResponse:
    return redirect("enrollment:overview", request.organization.slug)
