"""What the pages of one voucher share."""

from collections.abc import Iterator
from typing import Any

from django.http import (
    Http404,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import render

from portal import clock
from portal.db import read_under_lock
from portal.kept import kept_for
from portal.sheets import Form, download, seen_by
from portal.tenancy import Viewer
from portal.web import Request
from vouchers.models import Voucher
from vouchers.models.queries import VoucherQuerySet


def by_number(viewer: Viewer, number: str) -> VoucherQuerySet:
    return Voucher.objects.visible_to(viewer).filter(number=number).whole()


def locked_by_number(viewer: Viewer, number: str) -> VoucherQuerySet:
    mine = Voucher.objects.visible_to(viewer).filter(number=number)
    return mine.select_for_update(of=("self",), no_key=True)


def find(request: Request, number: str) -> Voucher:
    for voucher in kept_for(request.actor, by_number, number=number):
        found: Voucher = voucher
        return found
    raise Http404


def to_act_on(request: Request, number: str) -> Voucher:
    """Give a voucher under its lock, without the names that only its page shows."""
    for voucher in kept_for(request.actor, locked_by_number, number=number):
        found: Voucher = read_under_lock(voucher)
        if found.customer_id == request.organization.pk:
            found.customer = request.organization
        return found
    raise Http404


def to_detail(request: Request, voucher: Voucher) -> HttpResponse:
    return HttpResponseRedirect(voucher.url_for(request.organization))


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
