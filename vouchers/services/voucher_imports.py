"""Vouchers from a table: read, looked at row by row, and made all at once."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from itertools import groupby
from typing import IO, Any, Never, TypeVar

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from enrollment.models import EngagementType
from portal import clock, text
from portal.actors import Member
from portal.findings import Refused
from portal.models import Membership, Organization, User
from portal.models.organizations import country_choices, country_code
from portal.spreadsheets.columns import Code, Column, Problem
from portal.spreadsheets.reading import Row, read_table
from portal.tenancy import acting_for_all
from vouchers.models import CustomerAgreement, Voucher, VoucherBatch, VoucherImport
from vouchers.services import assignment, roles, vouchers
from vouchers.services.assignment import Assignee
from vouchers.services.states import SharedAnswers
from vouchers.services.vouchers import VoucherSpec

# So many are made in some seconds, while a browser waits.
MOST_ROWS = 10_000
COLUMNS = [
    Column("agreement", gettext_lazy("Agreement"), is_required=False),
    Column("engagement_type", gettext_lazy("Engagement type")),
    Column("days", gettext_lazy("Days")),
    Column("country", gettext_lazy("Country of delivery")),
    Column("label", gettext_lazy("Label"), is_required=False),
    Column("project_manager", gettext_lazy("Project manager"), is_required=False),
    Column("partner", gettext_lazy("Partner"), is_required=False),
    # What we wrote beside a failed row may come back with it.
    Column("problem", gettext_lazy("What is wrong"), is_required=False),
]


def upload_import(
    file: File | IO[bytes], *, by: Member, beside: VoucherImport | None = None
) -> VoucherImport:
    """Keep the rows of a table until somebody has looked at them; makes no voucher.

    Those rows of an import ``beside`` that have no mistakes are kept before them, so
    that a table of mended rows completes it. Raises ``Unreadable`` for what is no table
    of ours.
    """
    by.must_be(*roles.OWNERS)
    good = _good_rows(beside, by) if beside else []
    most = MOST_ROWS - len(good)
    table = read_table(file, COLUMNS, most_rows=most)
    rows = [_kept(row) for row in table.rows]
    kept: VoucherImport = VoucherImport.objects.create(
        customer=by.organization,
        rows=[*good, *rows],
        passed_over=table.passed_over,
        made_by=by.person,
    )
    return kept


def _good_rows(kept: VoucherImport, by: Member) -> list[Any]:
    lines = check_import(kept, by=by)
    pairs = zip(kept.rows, lines, strict=True)
    return [row for row, line in pairs if not line.wrong]


def _kept(row: Row) -> list[Any]:
    return [row.number, row.values, [tuple(problem) for problem in _told(row)]]


def _told(row: Row) -> Iterable[tuple[str, str, str]]:
    return ((each.code, each.cell, each.column) for each in row.problems)


def rows_of(kept: VoucherImport) -> list[Row]:
    return [
        Row(
            number,
            values,
            tuple(Problem(Code(code), *place) for code, *place in problems),
        )
        for number, values, problems in kept.rows
    ]


@dataclass
class ImportedRow:
    """One row: what was typed, what it makes, or what is wrong in which column."""

    number: int
    values: dict[str, str]
    wrong: list[tuple[str, str]] = field(default_factory=list)
    agreement: CustomerAgreement | None = None
    made: VoucherSpec | None = None
    country: str = ""  # its name, as the reader writes it

    @property
    def problem(self) -> str:
        """Say all that is wrong in one text."""
        return " ".join(
            f"{column}: {sentence}" if column else sentence
            for column, sentence in self.wrong
        )

    @property
    def pool(self) -> CustomerAgreement:
        assert self.agreement is not None, "nothing is wrong with the row"
        return self.agreement

    @property
    def wanted(self) -> VoucherSpec:
        assert self.made is not None, "nothing is wrong with the row"
        return self.made


def check_import(kept: VoucherImport, *, by: Member) -> list[ImportedRow]:
    """Check each row against the facts of this moment; makes no voucher."""
    return RowReader(COLUMNS, by=by).read(rows_of(kept))


def import_vouchers(
    kept: VoucherImport, *, by: Member, is_again: bool = False
) -> VoucherBatch:
    """Make the vouchers of an import, all of them or none.

    Sent twice, even at the same moment, it gives the batch that it made. Raises
    ``Refused`` when the same rows were imported before, unless they are meant again.
    """
    by.must_be(*roles.OWNERS)
    if kept.made_by_id != by.person_id:
        raise Refused(_("Only who uploaded a table confirms it."))
    with transaction.atomic():
        digest = digest_of(kept)
        batch, is_begun = vouchers.begin(
            kept.ticket, len(kept.rows), by=by, digest=digest
        )
        if is_begun:
            ensure_not_again(kept, is_again=is_again)
            make_all(batch, check_import(kept, by=by), by=by)
    return batch


def ensure_not_again(kept: VoucherImport, *, is_again: bool) -> None:
    if imported_before(kept) and not is_again:
        raise Refused(
            _(
                "A table with the same rows was imported before. Tick the box if the"
                " vouchers are meant once more."
            )
        )


def imported_before(kept: VoucherImport) -> VoucherBatch | None:
    """Return the last batch that the same rows, in whatever order, have made."""
    batches = VoucherBatch.objects.filter(customer_id=kept.customer_id)
    alike = batches.filter(digest=digest_of(kept)).exclude(ticket=kept.ticket)
    return alike.order_by("-pk").first()


def result_of(kept: VoucherImport) -> VoucherBatch | None:
    """Return the batch that an import has made, once it is confirmed."""
    return VoucherBatch.objects.filter(ticket=kept.ticket).first()


def digest_of(kept: VoucherImport) -> str:
    """Return a hash of what the rows say, however it is typed and in whatever order."""
    names = [column.name for column in COLUMNS[:-1]]
    rows = sorted(
        [text.key(values.get(name, "")) for name in names]
        for _number, values, _problems in kept.rows
    )
    return sha256(json.dumps(rows).encode()).hexdigest()


def make_all(batch: VoucherBatch, lines: list[ImportedRow], *, by: Member) -> None:
    """Make what the rows want, pool after pool in one order for everybody."""
    ensure_no_mistakes(lines)
    ordered = sorted(lines, key=lambda line: line.pool.pk)
    for pool, group in groupby(ordered, key=lambda line: line.pool):
        vouchers.make(batch, pool, [line.wanted for line in group], by=by)
    vouchers.give_out(batch, [line.wanted for line in lines], by=by)


def ensure_no_mistakes(lines: list[ImportedRow]) -> None:
    wrong = sum(bool(line.wrong) for line in lines)
    if wrong:
        sentence = ngettext(
            "Nothing was made: one row has a mistake.",
            "Nothing was made: %(count)s rows have mistakes.",
            wrong,
        )
        raise Refused(sentence % {"count": wrong})


def forget_imports() -> int:
    """Delete the rows of imports that nobody confirmed in time; returns how many."""
    with acting_for_all():
        count, _kinds = VoucherImport.objects.stale().delete()
    return count


def import_headings() -> list[str]:
    """Name the columns of the template."""
    return [str(column.title) for column in COLUMNS[:-1]]


def failed_lines(lines: list[ImportedRow]) -> Iterable[list[str]]:
    """Return the rows with mistakes as they were typed, with what is wrong."""
    return (
        [*(line.values.get(column.name, "") for column in COLUMNS[:-1]), line.problem]
        for line in lines
        if line.wrong
    )


def failed_headings() -> list[str]:
    return [*import_headings(), _("What is wrong")]


Thing = TypeVar("Thing")
LONGEST_LABEL = 80


def plain(typed: str) -> str:
    """Return a name without what people write in different ways."""
    return text.key(typed)


class RowReader(SharedAnswers):
    """Reads rows for one customer; what they name is fetched once for all of them."""

    def __init__(self, columns: Sequence[Column], *, by: Member) -> None:
        super().__init__()
        self.customer = by.organization
        self.by = by
        self.titles = {column.name: str(column.title) for column in columns}

    def read(self, rows: Iterable[Row]) -> list[ImportedRow]:
        lines = [self.line(row) for row in rows]
        self.sum_up(lines)
        return lines

    def line(self, row: Row) -> ImportedRow:
        line = ImportedRow(row.number, row.values)
        line.wrong = [(self.titles.get(p.column, ""), str(p)) for p in row.problems]
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
            line.made = VoucherSpec(kind, days, country, label or "", to)
        return line

    def sum_up(self, lines: Iterable[ImportedRow]) -> None:
        """Note the rows for which their pool has no days left, the first one first."""
        needed: dict[int, int] = {}
        for line in lines:
            if line.made is None:
                continue
            pool, days = line.pool, needed.get(line.pool.pk, 0) + line.made.days
            needed[pool.pk] = days
            if days > pool.balance.free:
                sentence = _(
                    "Agreement %(agreement)s has %(free)s free days; up to this row"
                    " %(days)s are needed."
                ) % {"agreement": pool, "free": pool.balance.free, "days": days}
                line.wrong.append((self.titles["days"], sentence))

    def kind(self, typed: str) -> EngagementType:
        found = self.kinds.get(plain(typed), [])
        if not typed:
            refuse(_("Name an engagement type."))
        if len(found) > 1:
            refuse(_("Several engagement types have this name: write the short name."))
        return found[0] if found else refuse(_("There is no such engagement type."))

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
        named = self.named(typed) if typed else self.open_pools
        able = [each for each in named if each.program_id == program]
        if len(able) > 1:
            refuse(_("You have several agreements: write which one."))
        if not able and not typed:
            refuse(_("None of your active agreements is for this engagement type."))
        pool = (able or named)[0]
        self.ask((pool, kind), lambda: vouchers.ensure_open(pool, kind))
        return pool

    def named(self, typed: str) -> list[CustomerAgreement]:
        named = [each for each in self.pools if plain(str(each)) == plain(typed)]
        return named or refuse(_("Your organization has no such agreement."))

    def label(self, typed: str) -> str:
        if len(typed) > LONGEST_LABEL:
            refuse(_("A label has at most %(most)s signs.") % {"most": LONGEST_LABEL})
        return typed

    def manager(self, typed: str) -> tuple[User, ...]:
        if not typed:
            return ()
        named = self.named_managers.get(plain(typed), [])
        if len(named) > 1:
            refuse(_("Several people have this name: write the e-mail address."))
        found = self.managers.get(typed.casefold()) or next(iter(named), None)
        if found is None:
            # The same for people of other organizations: nobody learns who is where.
            refuse(_("Nobody in your organization has this e-mail address or name."))
        person, is_there, is_manager = found
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
        found = self.partners.get(plain(typed), [])
        if len(found) > 1:
            refuse(_("Several partners have this name: write the short name."))
        if not found:
            refuse(_("There is no such partner in the directory."))
        [partner] = found
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
        return by_name((each, [each.slug, each.name]) for each in types)

    @cached_property
    def names(self) -> dict[str, str]:
        return dict(country_choices())

    @cached_property
    def managers(self) -> dict[str, tuple[User, bool, bool]]:
        """Return, by address, who ever belonged here, is here, and can manage."""
        able = set(roles.MANAGERS)
        members = Membership.objects.filter(organization=self.customer)
        return {
            each.person.email.casefold(): (
                each.person,
                each.is_active and each.person.is_active,
                not able.isdisjoint(each.roles),
            )
            for each in members.select_related("person")
        }

    @cached_property
    def named_managers(self) -> dict[str, list[tuple[User, bool, bool]]]:
        """Return, by name, who can manage: our own exports name people so."""
        able = [found for found in self.managers.values() if found[1] and found[2]]
        return by_name((found, [found[0].name]) for found in able if found[0].name)

    @cached_property
    def partners(self) -> dict[str, list[Organization]]:
        listed = list(Organization.objects.partners().filter(is_listed=True))
        return by_name((each, [each.slug, each.name]) for each in listed)


def by_name(things: Iterable[tuple[Thing, list[str]]]) -> dict[str, list[Thing]]:
    found: dict[str, list[Thing]] = {}
    for thing, names in things:
        for name in {plain(name) for name in names}:
            found.setdefault(name, []).append(thing)
    return found


def refuse(sentence: str) -> Never:
    raise Refused(sentence)
