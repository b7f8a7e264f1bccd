"""Making vouchers of free days: one, or very many with a few statements."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.utils.translation import gettext as _

from enrollment.models import EngagementType
from portal import clock
from portal.actors import Member
from portal.audit import changes_of
from portal.db import lock_row
from portal.errors import Refused
from vouchers.models import CustomerAgreement, State, Voucher, VoucherBatch
from vouchers.models.ledger import WAYS, Kind
from vouchers.models.life import last_day_from_today
from vouchers.models.queries import VoucherQuerySet
from vouchers.numbers import new_number
from vouchers.services.assignment import refuse_manager, refuse_partner
from vouchers.services.many import To, assign_many
from vouchers.services.people import OWNERS
from vouchers.services.vouchers import refuse_creation

# Whoever sends the same ticket at the same moment waits here for the first.
BEGIN = """
INSERT INTO vouchers_voucherbatch
    (customer_id, ticket, count, digest, made_by_id, created_at)
VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (ticket) DO NOTHING RETURNING id
"""
# What a batch of one pool leaves in the tables. Arrays spare the database as many
# values as there are vouchers, a dozen times over; COPY is closed to whoever works
# under row-level security.
MAKE = """
WITH made AS (
    INSERT INTO vouchers_voucher (
        number, engagement_type_id, days, country, label, agreement_id, customer_id,
        admin_id, batch_id, state, expires_on, created_at, suspension_reason
    )
    SELECT number, type, days, country, label, %(agreement)s, %(customer)s, %(admin)s,
        %(batch)s, %(state)s, %(expires_on)s::date, %(now)s::timestamptz, ''
    FROM unnest(
        %(numbers)s::text[], %(types)s::bigint[], %(days)s::smallint[],
        %(countries)s::text[], %(labels)s::text[]
    ) AS each (number, type, days, country, label)
    RETURNING id, number, engagement_type_id, days, country, label
), held AS (
    INSERT INTO vouchers_ledgerentry (
        voucher_id, days, agreement_id, customer_id, kind, source, target, note,
        created_at
    )
    SELECT id, days, %(agreement)s, %(customer)s, %(kind)s, %(source)s, %(target)s, '',
        %(now)s::timestamptz
    FROM made
)
INSERT INTO portal_auditentry (
    verb, subject_type, subject_id, subject_name, person_id, person_name,
    organization_id, organization_name, side, roles, parties, reason, at, changes
)
SELECT 'voucher.created', 'vouchers.voucher', id, number, %(admin)s, %(admin_name)s,
    %(customer)s, %(customer_name)s, %(side)s, %(roles)s::varchar[],
    ARRAY[%(customer)s]::bigint[], '', %(now)s::timestamptz,
    %(alike)s::jsonb || jsonb_build_object(
        'number', jsonb_build_array(NULL, number),
        'engagement_type', jsonb_build_array(NULL, engagement_type_id::text),
        'days', jsonb_build_array(NULL, days::text),
        'country', jsonb_build_array(NULL, country)
    ) || CASE WHEN label = '' THEN '{}'
        ELSE jsonb_build_object('label', jsonb_build_array(NULL, label)) END
FROM made
"""


@dataclass(frozen=True)
class Wanted:
    """What a customer wants of a new voucher; ``days`` is its service level.

    With people in ``to`` it is assigned in the same act.
    """

    engagement_type: EngagementType
    days: int
    country: str
    label: str = ""
    to: To | None = None
    number: str = field(default_factory=new_number)

    @property
    def words(self) -> tuple[Any, ...]:
        """Give what somebody typed, to compare."""
        manager = self.to.project_manager.pk if self.to else None
        partner = self.to.partner.pk if self.to and self.to.partner else None
        typed = self.engagement_type.pk, self.days, self.country, self.label
        return *typed, manager, partner


def create(
    agreement: CustomerAgreement,
    wanted: Wanted,
    *,
    by: Member,
    ticket: UUID | None = None,
) -> Voucher:
    """Make one voucher of free days; they leave the pool at once."""
    batch = create_many(agreement, [wanted], by=by, ticket=ticket)
    voucher: Voucher = made_in(batch).whole().get()
    return voucher


def create_many(
    agreement: CustomerAgreement,
    wanted: Sequence[Wanted],
    *,
    by: Member,
    ticket: UUID | None = None,
) -> VoucherBatch:
    """Make vouchers of free days of one pool, all of them or none.

    They expire their program's number of days after today [PS-PROC, DPS21]. The same
    ticket again, even at the same moment, gives the batch that it made; ``Refused``
    when other vouchers are wanted with it.
    """
    by.must_be(*OWNERS)
    with transaction.atomic():
        batch, is_begun = begin(ticket or uuid4(), len(wanted), by=by)
        if is_begun:
            make(batch, agreement, wanted, by=by)
            give_out(batch, wanted, by=by)
        else:
            refuse_other(batch, agreement, wanted)
    return batch


def check_creation(
    agreement: CustomerAgreement, wanted: Sequence[Wanted], *, by: Member
) -> None:
    """Raise what ``create_many`` would refuse at this moment; makes nothing."""
    by.must_be(*OWNERS)
    refuse_creation(agreement, [(each.engagement_type, each.days) for each in wanted])
    refuse_people(agreement, wanted)


def begin(
    ticket: UUID, count: int, *, by: Member, digest: str = ""
) -> tuple[VoucherBatch, bool]:
    """Open a ticket's batch, or find the one it made; waits for who opens it now."""
    what: list[Any] = [by.organization_id, ticket, count, digest]
    values = [*what, by.person.pk, clock.now()]
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, values)
        is_begun = cursor.fetchone() is not None
    batch = VoucherBatch.objects.visible_to(by).filter(ticket=ticket).first()
    if batch is None:
        raise Refused(_("Open the form again."))
    return batch, is_begun


def make(
    batch: VoucherBatch,
    agreement: CustomerAgreement,
    wanted: Sequence[Wanted],
    *,
    by: Member,
) -> None:
    """Make a batch's vouchers of one pool, or raise ``Refused``."""
    # The agreement's row is the lock of its pool.
    with lock_row(agreement) as pool:
        refuse_creation(pool, [(each.engagement_type, each.days) for each in wanted])
        refuse_people(pool, wanted)
        with connection.cursor() as cursor:
            cursor.execute(MAKE, told(batch, pool, by) | columns(wanted))


def refuse_people(pool: CustomerAgreement, wanted: Iterable[Wanted]) -> None:
    """Raise ``Refused``, beside its field, unless vouchers can go to their people."""
    kinds = {(each.to, each.engagement_type, each.country) for each in wanted}
    for to, engagement_type, country in kinds:
        if to is not None:
            voucher = Voucher(
                customer=pool.customer, engagement_type=engagement_type, country=country
            )
            refuse_manager(voucher, to.project_manager)
            if to.partner is not None:
                refuse_partner(voucher, to.partner)


def give_out(batch: VoucherBatch, wanted: Iterable[Wanted], *, by: Member) -> None:
    """Assign those of a batch's vouchers that came with people."""
    people = {each.number: each.to for each in wanted if each.to}
    if people:
        chosen = made_in(batch).filter(number__in=people)
        assign_many(chosen, lambda voucher: people[voucher.number], by=by)


def told(batch: VoucherBatch, pool: CustomerAgreement, by: Member) -> dict[str, Any]:
    """Give what is the same for all vouchers of a batch and what they leave."""
    source, target = WAYS[Kind.HELD]
    customer = pool.customer
    last_day = last_day_from_today(pool.program, customer)
    alike = Voucher(
        agreement=pool,
        customer=customer,
        admin=by.person,
        batch=batch,
        expires_on=last_day,
        created_at=batch.created_at,
        number="",
    )
    return {
        "agreement": pool.pk,
        "customer": customer.pk,
        "customer_name": customer.name,
        "admin": alike.admin.pk,
        "admin_name": alike.admin.name,
        "side": by.kind,
        "roles": sorted(by.roles),
        "batch": batch.pk,
        "state": State.CREATED,
        "expires_on": last_day,
        "now": batch.created_at,
        "kind": Kind.HELD,
        "source": source,
        "target": target,
        "alike": json.dumps(changes_of(alike)),
    }


def columns(wanted: Sequence[Wanted]) -> dict[str, list[Any]]:
    return {
        "numbers": [each.number for each in wanted],
        "types": [each.engagement_type.pk for each in wanted],
        "days": [each.days for each in wanted],
        "countries": [each.country for each in wanted],
        "labels": [each.label for each in wanted],
    }


def made_in(batch: VoucherBatch) -> VoucherQuerySet:
    """Give the vouchers of a batch, by the index of its customer's list."""
    vouchers: VoucherQuerySet = Voucher.objects.filter(
        customer=batch.customer_id, created_at=batch.created_at, batch=batch
    )
    return vouchers


def refuse_other(
    batch: VoucherBatch, agreement: CustomerAgreement, wanted: Sequence[Wanted]
) -> None:
    """Raise ``Refused`` when a form comes again with other words in it."""
    made = made_in(batch).filter(agreement=agreement)
    words = made.values_list(
        *("engagement_type", "days", "country", "label", "project_manager", "partner")
    )
    if Counter(words) != Counter(each.words for each in wanted):
        raise Refused(
            _("This form has made vouchers already: %(numbers)s. Open it anew.")
            % {"numbers": ", ".join(map(str, made_in(batch)[:5]))}
        )
