"""The ledger of days and its sums, as the sponsor's people read them."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from portal.admin_base import ReviewAdmin
from portal.tables_admin import TableAdmin, list_of
from vouchers.models import Balance, LedgerEntry
from vouchers.presentation import ledger
from vouchers.services import exports

SOURCE = list_of(LedgerEntry, exports.LEDGER)


@admin.register(Balance)
class BalanceAdmin(ReviewAdmin):
    """The sums of the ledger, which the database keeps."""

    list_display = [
        "agreement",
        "customer",
        "free",
        "held",
        "delivered",
        "paid",
        "lost",
    ]
    list_select_related = ["agreement", "customer"]
    search_fields = ["agreement__licensing_id", "customer__name"]


@admin.register(LedgerEntry)
class LedgerEntryAdmin(TableAdmin):
    """The ledger; each entry says what it means."""

    list_display = ["created_at", "agreement", "days", "sentence"]
    list_filter = ["kind"]
    search_fields = ["agreement__licensing_id", "voucher__number", "note"]
    ordering = ["-pk"]
    source = SOURCE

    def get_queryset(self, request: HttpRequest) -> QuerySet[LedgerEntry]:
        return LedgerEntry.objects.with_causes().order_by("-pk")

    @admin.display(description=gettext_lazy("What happened"))
    def sentence(self, row: LedgerEntry) -> str:
        return ledger.sentence_of(row)
