"""What the pages of one voucher share."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from portal.web import Request
from vouchers.models import Voucher


def find(request: Request, number: str) -> Voucher:
    mine = Voucher.objects.visible_to(request.actor).whole()
    found: Voucher = get_object_or_404(mine, number=number)
    return found


def to_detail(request: Request, voucher: Voucher) -> HttpResponse:
    return redirect(voucher.url_for(request.organization))


def show(request: Request, page: str, voucher: Voucher, **context: Any) -> HttpResponse:
    """Show a page about one voucher, with the way back to it."""
    frame = {"voucher": voucher, "page_url": voucher.url_for(request.organization)}
    return render(request, f"vouchers/{page}.html", {**frame, **context})
