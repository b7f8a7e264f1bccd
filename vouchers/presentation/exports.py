"""Lists that are taken away: what each shows whom under which address."""

from django.db.models import QuerySet
from django.http import QueryDict

from portal.actors import Member
from portal.spreadsheets.tables import ListSource
from vouchers.forms.queries import LedgerFilter, VoucherFilter
from vouchers.models import CustomerAgreement, LedgerEntry, Voucher
from vouchers.services import exports


def voucher_filter(actor: Member, query: QueryDict) -> VoucherFilter:
    own_vouchers = Voucher.objects.visible_to(actor)
    return VoucherFilter(query, own_vouchers, side=actor.kind)


def ledger_filter(actor: Member, query: QueryDict) -> LedgerFilter:
    agreements = CustomerAgreement.objects.visible_to(actor).with_pool()
    entries = LedgerEntry.objects.visible_to(actor)
    return LedgerFilter(query, entries, agreements=agreements)


def vouchers_shown(actor: Member, query: QueryDict) -> QuerySet:
    shown: QuerySet = voucher_filter(actor, query).qs
    return shown


def entries_shown(actor: Member, query: QueryDict) -> QuerySet:
    shown: QuerySet = ledger_filter(actor, query).qs
    return shown


VOUCHERS = ListSource("vouchers", exports.VOUCHERS, vouchers_shown)
LEDGER = ListSource("ledger", exports.LEDGER, entries_shown)
