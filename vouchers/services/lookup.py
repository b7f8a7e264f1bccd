"""How a partner finds a voucher that it was not named for."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.db.models import Q
from django.utils.translation import gettext as _

from portal import limits
from portal.actors import Actor
from portal.errors import Refused
from portal.tenancy import acting_for_all
from vouchers.models import Voucher
from vouchers.services.people import HOLDERS

PROOF = "voucher-proof"
PROOF_LIFE_SECONDS = 60 * 60


def find_by_number(number: str, email: str, *, by: Actor) -> Voucher:
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
        return _proved(number, email)


def _proved(number: str, email: str) -> Voucher:
    """Give the voucher that both words name, or refuse.

    Any address that its admin has verified is good: the main one may have changed since
    the customer handed the voucher on.
    """
    address = email.strip().lower()
    verified = EmailAddress.objects.filter(email=address, verified=True)
    with acting_for_all():
        vouchers = Voucher.objects.whole().filter(number=number)
        voucher: Voucher | None = vouchers.filter(
            Q(admin__email=address) | Q(admin__in=verified.values("user"))
        ).first()
    if voucher is None:
        # One sentence for every miss, so that numbers and addresses cannot be probed.
        raise Refused(
            _(
                "There is no voucher with this number and this voucher admin. Check"
                " both in the customer's mail."
            )
        )
    return voucher


def proof_of(voucher: Voucher, *, by: Actor) -> str:
    """Give a word that proves, for an hour, that the partner knew number and e-mail."""
    return signing.dumps([voucher.pk, by.organization_id], salt=PROOF)


def to_reserve(number: str, proof: str, *, by: Actor) -> Voucher | None:
    """Find the voucher of a reservation page: named for the partner, or proved."""
    named: Voucher | None = (
        Voucher.objects.visible_to(by).whole().filter(number=number).first()
    )
    if named is not None or not proof:
        return named
    try:
        pk, partner = signing.loads(proof, salt=PROOF, max_age=PROOF_LIFE_SECONDS)
    except signing.BadSignature:
        return None
    if partner != by.organization_id:
        return None
    with acting_for_all():
        return Voucher.objects.whole().filter(pk=pk, number=number).first()
