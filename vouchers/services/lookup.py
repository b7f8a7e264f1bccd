"""How a partner finds a voucher that it was not named for."""

from django.conf import settings
from django.core import signing
from django.utils.translation import gettext as _

from portal import limits
from portal.actors import Member
from portal.errors import Refused
from portal.tenancy import acting_for
from vouchers.models import Voucher
from vouchers.services.people import HOLDERS
from vouchers.services.vouchers_sql import customer_of_voucher

PROOF = "voucher-proof"
PROOF_LIFE_SECONDS = 60 * 60


def find_by_number(number: str, email: str, *, by: Member) -> Voucher:
    """Find a voucher by its number and its admin's e-mail address; changes nothing.

    ``number`` is well-formed (``read_number``). Attempts that fail are counted: of the
    person, and more widely of the organization, so that one colleague's typing mistakes
    do not stop the others.
    """
    by.must_be(*HOLDERS)
    own, shared = settings.VOUCHER_LOOKUP_LIMIT, settings.VOUCHER_LOOKUP_COMPANY_LIMIT
    with (
        limits.failures_counted("voucher", by.person_id, own),
        limits.failures_counted("voucher-company", by.organization_id, shared),
    ):
        return _proved(number, email, by)


def _proved(number: str, email: str, by: Member) -> Voucher:
    """Give the voucher that both words name, or refuse.

    Any address that its admin has verified is good: the main one may have changed since
    the customer handed the voucher on.
    """
    customer = customer_of_voucher(number, email.strip().lower())
    if customer is None:
        # One sentence for every miss, so that numbers and addresses cannot be probed.
        raise Refused(
            _(
                "There is no voucher with this number and this voucher admin. Check"
                " both in the customer's mail."
            )
        )
    with acting_for(customer, by.organization_id):
        return Voucher.objects.whole().get(number=number)


def proof_of(voucher: Voucher, *, by: Member) -> str:
    """Give a word that proves, for an hour, that the partner knew number and e-mail."""
    known = [voucher.pk, voucher.customer_id, by.organization_id]
    return signing.dumps(known, salt=PROOF)


def to_reserve(number: str, proof: str, *, by: Member) -> Voucher | None:
    """Find the voucher of a reservation page: named for the partner, or proved."""
    named: Voucher | None = (
        Voucher.objects.visible_to(by).whole().filter(number=number).first()
    )
    if named is not None or not proof:
        return named
    try:
        pk, customer, partner = signing.loads(
            proof, salt=PROOF, max_age=PROOF_LIFE_SECONDS
        )
    except signing.BadSignature:
        return None
    if partner != by.organization_id:
        return None
    with acting_for(customer, partner):
        return Voucher.objects.whole().filter(pk=pk, number=number).first()
