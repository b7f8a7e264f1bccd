"""What the pages of one voucher share."""

from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from portal import clock
from portal.kept import kept_for
from portal.sheets import Form, download, seen_by
from portal.tenancy import Viewer
from portal.web import Request
from vouchers.models import Voucher
from vouchers.models.queries import VoucherQuerySet


def bare_by_number(viewer: Viewer, number: str) -> VoucherQuerySet:
    return Voucher.objects.visible_to(viewer).filter(number=number)


def by_number(viewer: Viewer, number: str) -> VoucherQuerySet:
    return bare_by_number(viewer, number).whole()


def find(request: Request, number: str) -> Voucher:
    for voucher in kept_for(request.actor, by_number, number=number):
        found: Voucher = voucher
        return found
    raise Http404


def to_act_on(request: Request, number: str) -> Voucher:
    """Give a voucher without the names around it, which only its page shows."""
    for voucher in kept_for(request.actor, bare_by_number, number=number):
        found: Voucher = voucher
        if found.customer_id == request.organization.pk:
            found.customer = request.organization
        return found
    raise Http404


def to_detail(request: Request, voucher: Voucher) -> HttpResponse:
    return redirect(voucher.url_for(request.organization))


def show(request: Request, page: str, voucher: Voucher, **context: Any) -> HttpResponse:
    """Show a page about one voucher, with the way back to it."""
    frame = {"voucher": voucher, "page_url": voucher.url_for(request.organization)}
    return render(request, f"vouchers/{page}.html", {**frame, **context})


def table_of(
    request: Request, name: str, form: Form, pieces: Iterator[bytes]
) -> HttpResponseBase:
    """Hand out a table, named after what it holds, for whom and of which day."""
    day = clock.today(request.organization.time_zone)
    name = f"{name}-{request.organization.slug}-{day}"
    return download(name, seen_by(request.actor, pieces), form)
