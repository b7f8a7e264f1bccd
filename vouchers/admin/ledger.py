"""The ledger of days and its sums, as the sponsor's people read them."""

from django.contrib import admin

from portal.review import ReviewAdmin
from vouchers.models import Balance, LedgerEntry


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
class LedgerEntryAdmin(ReviewAdmin):
    list_display = ["created_at", "agreement", "kind", "days", "voucher", "note"]
    list_filter = ["kind"]
    list_select_related = ["agreement", "voucher"]
    search_fields = ["agreement__licensing_id", "voucher__number", "note"]
    ordering = ["-pk"]
