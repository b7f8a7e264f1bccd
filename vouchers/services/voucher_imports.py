"""Vouchers from a table: read, looked at row by row, and made all at once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from itertools import groupby
from typing import Any, Never, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.models import EngagementType
from portal import clock, text
from portal.actors import Member
from portal.findings import Refused
from portal.models import Membership, Organization, TableImport, User
from portal.models.organizations import country_choices, country_code
from portal.services.table_imports import (
    CheckedRows,
    ImportedRow,
    TableKind,
    faults_of,
)
from portal.spreadsheets.columns import Column
from portal.spreadsheets.reading import Row
from vouchers.models import CustomerAgreement, Voucher, VoucherImport
from vouchers.services import assignment, roles, vouchers
from vouchers.services.assignment import Assignee
from vouchers.services.states import SharedAnswers
from vouchers.services.vouchers import VoucherSpec


@dataclass
class ImportedVoucher(ImportedRow):
    """One row: what it makes, where nothing is wrong with it."""

    agreement: CustomerAgreement | None = None
    spec: VoucherSpec | None = None
    country: str = ""  # its name, as the reader writes it

    @property
    def pool(self) -> CustomerAgreement:
        assert self.agreement is not None, "nothing is wrong with the row"
        return self.agreement

    @property
    def checked_spec(self) -> VoucherSpec:
        assert self.spec is not None, "nothing is wrong with the row"
        return self.spec


class CheckedVouchers(CheckedRows[ImportedVoucher]):
    """Rows, and the days of those that are right."""

    @property
    def days(self) -> int:
        return sum(line.checked_spec.days for line in self.right)


class VoucherTables(TableKind[CheckedVouchers, Member]):
    """Makes the vouchers of a customer's table, all of them or none."""

    model = VoucherImport
    columns = (
        Column("agreement", gettext_lazy("Agreement"), is_required=False),
        Column("engagement_type", gettext_lazy("Engagement type")),
        Column("days", gettext_lazy("Days")),
        Column("country", gettext_lazy("Country of delivery")),
        Column("label", gettext_lazy("Label"), is_required=False),
        Column("project_manager", gettext_lazy("Project manager"), is_required=False),
        Column("partner", gettext_lazy("Partner"), is_required=False),
    )
    roles = roles.OWNERS
    life = timedelta(hours=24)
    # So many are made in some seconds, while a browser waits.
    most_rows = 10_000
    asks_again = True

    def check(
        self, rows: list[Row], *, by: Member, is_action: bool = False
    ) -> CheckedVouchers:
        return CheckedVouchers(RowReader(self.titles, by=by).read(rows))

    def carry_out(
        self, upload: TableImport, checked: CheckedVouchers, *, by: Member
    ) -> dict[str, int]:
        """Make what the rows want, pool after pool in one order for everybody."""
        lines = checked.rows
        batch, _is_begun = vouchers.begin(upload.ticket, len(lines), by=by)
        ordered = sorted(lines, key=lambda line: line.pool.pk)
        for pool, group in groupby(ordered, key=lambda line: line.pool):
            vouchers.make(batch, pool, [line.checked_spec for line in group], by=by)
        vouchers.give_out(batch, [line.checked_spec for line in lines], by=by)
        return {"vouchers": len(lines)}


TABLES = VoucherTables()


Thing = TypeVar("Thing")
LONGEST_LABEL = 80


def plain_name(typed: str) -> str:
    """Return a name without what people write in different ways."""
    return text.key(typed)


class RowReader(SharedAnswers):
    """Reads rows for one customer; what they name is fetched once for all of them."""

    def __init__(self, titles: dict[str, str], *, by: Member) -> None:
        super().__init__()
        self.customer = by.organization
        self.by = by
        self.titles = titles

    def read(self, rows: Iterable[Row]) -> list[ImportedVoucher]:
        lines = [self.line(row) for row in rows]
        self.sum_up(lines)
        return lines

    def line(self, row: Row) -> ImportedVoucher:
        line = ImportedVoucher(row.number, row.values, faults_of(row, self.titles))
        faulty = {problem.column for problem in row.problems}

        def take(name: str, read: Callable[..., Thing], *known: Any) -> Thing | None:
            """Read a cell, or note what is wrong with it."""
            if name in faulty or None in known:
                return None
            try:
                return read(row.values.get(name, ""), *known)
            except Refused as refusal:
                line.wrong.append((self.titles[name], str(refusal)))
                return None

        kind = take("engagement_type", self.kind)
        days = take("days", self.days, kind)
        country = take("country", self.country)
        line.agreement = take("agreement", self.agreement, kind)
        label = take("label", self.label)
        [manager] = take("project_manager", self.manager) or [None]
        [partner] = take("partner", self.partner, kind, country) or [None]
        if partner and not manager and "project_manager" not in faulty:
            sentence = _("Name a project manager too: a partner alone is not enough.")
            line.wrong.append((self.titles["project_manager"], sentence))
        if not line.wrong and kind and days and country:
            to = Assignee(manager, partner) if manager else None
            line.country = self.names[country]
            line.spec = VoucherSpec(kind, days, country, label or "", to)
        return line

    def sum_up(self, lines: Iterable[ImportedVoucher]) -> None:
        """Note the rows for which their pool has no days left, the first one first."""
        days_needed: dict[int, int] = {}
        for line in lines:
            if line.spec is None:
                continue
            pool, days = line.pool, days_needed.get(line.pool.pk, 0) + line.spec.days
            days_needed[pool.pk] = days
            if days > pool.balance.free:
                sentence = _(
                    "Agreement %(agreement)s has %(free)s free days; up to this row"
                    " %(days)s are needed."
                ) % {"agreement": pool, "free": pool.balance.free, "days": days}
                line.wrong.append((self.titles["days"], sentence))

    def kind(self, typed: str) -> EngagementType:
        engagement_types = self.kinds.get(plain_name(typed), [])
        if not typed:
            refuse(_("Name an engagement type."))
        if len(engagement_types) > 1:
            refuse(_("Several engagement types have this name: write the short name."))
        return (
            engagement_types[0]
            if engagement_types
            else refuse(_("There is no such engagement type."))
        )

    def days(self, typed: str, kind: EngagementType) -> int:
        days = text.whole_number(typed) or 0
        self.ask(("length", kind, days), lambda: vouchers.ensure_length(kind, days))
        return days

    def country(self, typed: str) -> str:
        code = country_code(typed)
        return code or refuse(
            _("There is no such country. Write its name or its two letters.")
        )

    def agreement(self, typed: str, kind: EngagementType) -> CustomerAgreement:
        """Return the named agreement, or the only one that can hold the voucher."""
        program = kind.offering.program_id
        agreements = self.agreements_named(typed) if typed else self.open_pools
        able = [
            agreement for agreement in agreements if agreement.program_id == program
        ]
        if len(able) > 1:
            refuse(_("You have several agreements: write which one."))
        if not able and not typed:
            refuse(_("None of your active agreements is for this engagement type."))
        pool = (able or agreements)[0]
        self.ask((pool, kind), lambda: vouchers.ensure_open(pool, kind))
        return pool

    def agreements_named(self, typed: str) -> list[CustomerAgreement]:
        agreements = [
            pool for pool in self.pools if plain_name(str(pool)) == plain_name(typed)
        ]
        return agreements or refuse(_("Your organization has no such agreement."))

    def label(self, typed: str) -> str:
        if len(typed) > LONGEST_LABEL:
            refuse(_("A label has at most %(most)s signs.") % {"most": LONGEST_LABEL})
        return typed

    def manager(self, typed: str) -> tuple[User, ...]:
        if not typed:
            return ()
        namesakes = self.named_managers.get(plain_name(typed), [])
        if len(namesakes) > 1:
            refuse(_("Several people have this name: write the e-mail address."))
        manager = self.managers.get(typed.casefold()) or next(iter(namesakes), None)
        if manager is None:
            # The same for people of other organizations: nobody learns who is where.
            refuse(_("Nobody in your organization has this e-mail address or name."))
        person, is_there, is_manager = manager
        if not is_there:
            refuse(_("%(name)s has left your organization.") % {"name": person})
        if not is_manager:
            refuse(_("%(name)s is not a project manager.") % {"name": person})
        return (person,)

    def partner(
        self, typed: str, kind: EngagementType, country: str
    ) -> tuple[Organization, ...]:
        if not typed:
            return ()
        partners = self.partners.get(plain_name(typed), [])
        if len(partners) > 1:
            refuse(_("Several partners have this name: write the short name."))
        if not partners:
            refuse(_("There is no such partner in the directory."))
        [partner] = partners
        probe = Voucher(customer=self.customer, engagement_type=kind, country=country)
        self.ask(
            (partner, kind, country), lambda: assignment.ensure_partner(probe, partner)
        )
        return (partner,)

    @cached_property
    def pools(self) -> list[CustomerAgreement]:
        return list(CustomerAgreement.objects.visible_to(self.by).with_pool())

    @cached_property
    def open_pools(self) -> list[CustomerAgreement]:
        today = clock.today(self.customer.time_zone)
        return [e for e in self.pools if e.activated_at and e.is_running(today)]

    @cached_property
    def kinds(self) -> dict[str, list[EngagementType]]:
        types = EngagementType.objects.select_related("offering__program")
        return by_name(
            (engagement_type, [engagement_type.slug, engagement_type.name])
            for engagement_type in types
        )

    @cached_property
    def names(self) -> dict[str, str]:
        return dict(country_choices())

    @cached_property
    def managers(self) -> dict[str, tuple[User, bool, bool]]:
        """Return, by address, who ever belonged here, is here, and can manage."""
        able = set(roles.MANAGERS)
        members = Membership.objects.filter(organization=self.customer)
        return {
            member.person.email.casefold(): (
                member.person,
                member.is_active and member.person.is_active,
                not able.isdisjoint(member.roles),
            )
            for member in members.select_related("person")
        }

    @cached_property
    def named_managers(self) -> dict[str, list[tuple[User, bool, bool]]]:
        """Return, by name, who can manage: our own exports name people so."""
        able = [
            manager for manager in self.managers.values() if manager[1] and manager[2]
        ]
        return by_name(
            (manager, [manager[0].name]) for manager in able if manager[0].name
        )

    @cached_property
    def partners(self) -> dict[str, list[Organization]]:
        return by_name(
            (partner, [partner.slug, partner.name])
            for partner in Organization.objects.listed()
        )


def by_name(things: Iterable[tuple[Thing, list[str]]]) -> dict[str, list[Thing]]:
    things_by_name: dict[str, list[Thing]] = {}
    for item, names in things:
        for name in {plain_name(name) for name in names}:
            things_by_name.setdefault(name, []).append(item)
    return things_by_name


def refuse(sentence: str) -> Never:
    raise Refused(sentence)
