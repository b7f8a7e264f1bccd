"""What the pages of one voucher share."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render

from portal import clock
from portal.sheets import Form, download, seen_by
from portal.web import Request
from vouchers.models import Voucher


def find(request: Request, number: str) -> Voucher:
    mine = Voucher.objects.visible_to(request.actor).whole()
    found: Voucher = get_object_or_404(mine, number=number)
    return found


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
