"""How a customer moves a voucher's last day by the program's rule."""

from django.contrib import messages
from django.http import HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.roles import Side
from portal.web import Request, member, refusals_shown
from vouchers.services import extensions, roles
from vouchers.views.vouchers import find, show, to_detail


@member(*roles.MANAGERS, side=Side.CUSTOMER)
def extend(request: Request, number: str) -> HttpResponse:
    """Show what an extension would do and whether it may be, and carry it out."""
    voucher = find(request, number)
    if request.method == "POST":
        with refusals_shown(request):
            extension = extensions.extend(voucher, by=request.actor)
            messages.success(
                request,
                _("Voucher %(number)s lasts until %(day)s.")
                % {"number": voucher, "day": date_format(extension.until)},
            )
        return to_detail(request, voucher)
    prospect = extensions.prospect_of(voucher, request.actor)
    return show(request, "extend", voucher, prospect=prospect)
