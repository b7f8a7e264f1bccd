"""What the pages of the floor share."""

from django.http import HttpResponse
from django.shortcuts import redirect

from portal.web import Request


def to_company(request: Request) -> HttpResponse:
    return redirect("organization:company", request.organization.slug)
