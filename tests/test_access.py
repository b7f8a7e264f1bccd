"""Who gets in where: every page, tried by everyone who should not.

A page without a line in PAGES fails ``test_every_page_is_listed``, so nobody can add
one and forget to say who may open it.
"""

from typing import NamedTuple

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from portal.models import AuditEntry
from portal.roles import ROLES_OF, Role, Side
from tests.story import KINDS, lasting_story

ADMINS = (Role.PARTNER_ADMIN, Role.BENEFIT_ADMIN)
COLLEAGUES = tuple(role for role in Role if role not in ADMINS)
LEADS = (Role.PARTNER_ADMIN, Role.DELIVERY_LEAD)
READ, WRITE, BOTH = ["get"], ["post"], ["get", "post"]


class Page(NamedTuple):
    """Who opens a page, on which side it exists, and what its address names."""

    roles: tuple = tuple(Role)
    side: Side | None = None
    row: str = ""
    own: bool = False  # the row is one person's, and nobody else's in the organization
    program: bool = False  # its address names a program, which everybody knows
    version: bool = False  # and a version of its agreement, which every partner knows
    methods: list = BOTH


class Visit(NamedTuple):
    """One way to open a page in an organization of one kind."""

    name: str
    kind: Side
    method: str

    def __str__(self):
        return "-".join(self)


def partners(*roles, **more):
    return Page(roles or tuple(Role), Side.PARTNER, **more)


def customers(*roles, **more):
    return Page(roles or tuple(Role), Side.CUSTOMER, **more)


PAGES = {
    "organization:home": Page(methods=READ),
    "organization:company": Page(methods=READ),
    "organization:invite": Page(ADMINS),
    "organization:withdraw_invitation": Page(ADMINS, row="invitation", methods=WRITE),
    "organization:add_location": Page(ADMINS),
    "organization:time_zone": Page(ADMINS),
    "organization:end_member": Page(ADMINS, row="colleague"),
    "organization:roles": Page(ADMINS, row="colleague"),
    "organization:leave": Page(),
    "organization:verify_domain": Page(ADMINS),
    "organization:add_domain": Page(ADMINS),
    "organization:prove_domain": Page(ADMINS, row="proof"),
    "organization:remove_domain": Page(ADMINS, row="domain"),
    "organization:ask_for_admin": Page(COLLEAGUES),
    "organization:recovery": Page(ADMINS, row="recovery"),
    "organization:save_address": Page(methods=WRITE),
    "organization:remove_address": Page(methods=WRITE),
    "organization:document": Page(row="document", methods=READ),
    "organization:table_export": Page(row="export", own=True, methods=READ),
    "organization:table_export_file": Page(row="export", own=True, methods=READ),
    "enrollment:overview": partners(methods=READ),
    "enrollment:program": partners(program=True, methods=READ),
    "enrollment:competency_add": partners(Role.PARTNER_ADMIN),
    "enrollment:eligibility": partners(program=True, methods=READ),
    "enrollment:profiles": partners(methods=READ),
    "enrollment:profile_add": partners(Role.PARTNER_ADMIN),
    "enrollment:profile": partners(Role.PARTNER_ADMIN, row="profile"),
    "enrollment:profile_preview": partners(row="profile", methods=READ),
    "enrollment:profile_publish": partners(
        Role.PARTNER_ADMIN, row="profile", methods=WRITE
    ),
    "enrollment:profile_withdraw": partners(Role.PARTNER_ADMIN, row="profile"),
    "enrollment:agreement": partners(program=True),
    "enrollment:agreement_version": partners(program=True, version=True),
    "enrollment:signatures": partners(program=True, methods=READ),
    "enrollment:offerings": partners(Role.PARTNER_ADMIN, program=True),
    "enrollment:add_offering": partners(Role.PARTNER_ADMIN, program=True),
    "enrollment:confirm": partners(Role.PARTNER_ADMIN, program=True, row="section"),
    "enrollment:check": partners(Role.PARTNER_ADMIN, program=True),
    "enrollment:sent": partners(Role.PARTNER_ADMIN, program=True, methods=READ),
    "enrollment:enquiries": Page(methods=READ),
    "enrollment:enquire": customers(),
    "enrollment:enquiry": Page(row="enquiry", methods=READ),
    "enrollment:enquiry_accept": partners(*LEADS, row="enquiry"),
    "enrollment:enquiry_decline": partners(*LEADS, row="enquiry"),
    "enrollment:consultants": partners(methods=READ),
    "enrollment:consultant": partners(row="consultant", methods=READ),
    "enrollment:consultant_invite": partners(Role.PARTNER_ADMIN),
    "enrollment:consultant_confirm": partners(),
    "enrollment:consultant_end": partners(row="consultant"),
    "enrollment:certificate_add": partners(row="consultant"),
    "enrollment:coverage": partners(methods=READ),
    "enrollment:leaver": partners(*LEADS, methods=READ),
    "enrollment:hand_over": partners(Role.PARTNER_ADMIN, row="colleague"),
    "vouchers:entitlement": customers(methods=READ),
    "vouchers:ledger_csv": customers(methods=READ),
    "vouchers:ledger_xlsx": customers(),
    "vouchers:activate": customers(Role.BENEFIT_ADMIN, row="agreement"),
    "vouchers:contacts": customers(Role.BENEFIT_ADMIN, row="agreement"),
    "vouchers:convert": customers(Role.BENEFIT_ADMIN),
    "vouchers:conversion": customers(row="conversion", methods=READ),
    "vouchers:outlook": customers(Role.BENEFIT_ADMIN, methods=READ),
    "vouchers:purchase": customers(row="purchase", methods=READ),
    "vouchers:index": Page(methods=READ),
    "vouchers:csv": Page(methods=READ),
    "vouchers:xlsx": Page(),
    "vouchers:assign_many": customers(Role.BENEFIT_ADMIN),
    "vouchers:cancel_many": customers(Role.BENEFIT_ADMIN),
    "vouchers:download_many": customers(Role.BENEFIT_ADMIN, methods=READ),
    "vouchers:recall_many": customers(Role.BENEFIT_ADMIN),
    "vouchers:hand_over": customers(Role.BENEFIT_ADMIN),
    "vouchers:import": customers(Role.BENEFIT_ADMIN),
    "vouchers:import_template": customers(Role.BENEFIT_ADMIN, methods=READ),
    "vouchers:import_preview": customers(Role.BENEFIT_ADMIN, row="import"),
    "vouchers:import_failed": customers(
        Role.BENEFIT_ADMIN, row="import", methods=WRITE
    ),
    "vouchers:create": customers(Role.BENEFIT_ADMIN),
    "vouchers:validate": partners(*LEADS),
    "vouchers:detail": Page(row="voucher", methods=READ),
    "vouchers:assign": customers(Role.BENEFIT_ADMIN, row="voucher"),
    "vouchers:reissue": customers(Role.BENEFIT_ADMIN, row="voucher"),
    "vouchers:recall": customers(Role.BENEFIT_ADMIN, row="voucher"),
    "vouchers:cancel": customers(Role.BENEFIT_ADMIN, row="voucher"),
    "vouchers:extend": customers(
        Role.BENEFIT_ADMIN, Role.PROJECT_MANAGER, row="voucher"
    ),
    "vouchers:remind": customers(Role.BENEFIT_ADMIN, row="voucher", methods=WRITE),
    "vouchers:reserve": partners(*LEADS, row="voucher"),
    "vouchers:release": partners(*LEADS, row="voucher"),
    "engagements:index": Page(methods=READ),
    "engagements:schedule": partners(*LEADS, row="voucher"),
    "engagements:detail": Page(row="engagement", methods=READ),
    "engagements:dates": partners(*LEADS, row="engagement"),
    "engagements:lead": partners(*LEADS, row="engagement"),
    "engagements:report": partners(*LEADS, row="engagement"),
    "engagements:redeem": partners(*LEADS, row="engagement"),
    "payments:index": partners(methods=READ),
    "payments:request": partners(Role.FINANCE),
    "payments:detail": partners(row="request", methods=READ),
    "payments:correct": partners(Role.FINANCE, row="request"),
    "payments:cancel": partners(Role.FINANCE, row="request"),
}
# Pages outside of organizations, and what somebody who is not signed in gets there.
OUTSIDE = {
    "home": 200,
    "health": 200,
    "demo": 404,
    "demo_attachment": 404,
    "directory:logo": 404,
    "directory:index": 200,
    "directory:partner": 404,
    "directory:contact": 302,
    "register": 302,
    "my_company": 302,
    "invitation": 404,
    "set_language": 405,
    "change_name": 302,
    "lost_second_factor": 200,
    "stop_recovery": 404,
}


@pytest.fixture(scope="module")
def story(django_db_setup, django_db_blocker):
    with lasting_story(django_db_blocker) as story:
        yield story


@pytest.fixture
def taken_back(story):
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Tried:
    """Attempts at a page, each on its own: what one changes, the next does not meet."""

    def __init__(self, story):
        self.story = story
        self.mistakes = []

    def attempt(self, who, person, visit, right, organization=None):
        """Open a page as somebody, and note whatever is not as it has to be."""
        cache.clear()
        with transaction.atomic():
            client = Client()
            if person:
                client.force_login(person)
            response = go(client, self.story, visit, organization)
            if mistake := right(response):
                self.mistakes.append(f"{visit} as {who}: {mistake}")
            transaction.set_rollback(True)


def visits(name):
    """List the ways to open a page."""
    page = PAGES[name]
    kinds = [page.side] if page.side else KINDS
    return [Visit(name, kind, method) for kind in kinds for method in page.methods]


def attempts(name):
    """List the ways in which strangers try a page: reading leads no further."""
    return [visit for visit in visits(name) if visit.method == PAGES[name].methods[-1]]


def asks_to_sign_in(response):
    url = getattr(response, "url", "")
    if response.status_code != 302 or not url.startswith("/accounts/login/?next=/o/"):
        return f"{response.status_code} {url}"
    return changes_nothing()


def is_unknown(response):
    return response.status_code if response.status_code != 404 else changes_nothing()


def lets_in(response):
    url = getattr(response, "url", "")
    is_in = response.status_code in {200, 302} and not url.startswith("/accounts/")
    return "" if is_in else f"{response.status_code} {url}"


def is_forbidden(response):
    return "" if response.status_code == 403 else response.status_code


def changes_nothing():
    return "left an entry in the audit" if AuditEntry.objects.exists() else ""


def go(client, story, visit, organization=None):
    """Open the page as its address stands in the story, or in another organization."""
    page = PAGES[visit.name]
    args = [(organization or story.organization[visit.kind]).slug]
    if page.program:
        args.append(story.program.code)
    if page.version:
        args.append(story.version)
    if page.row:
        args.append(story.rows[page.row][visit.kind])
    response = getattr(client, visit.method)(reverse(visit.name, args=args))
    if response.streaming:
        list(response.streaming_content)
    return response


def pages_of(resolver, namespace=""):
    for pattern in resolver.url_patterns:
        if not isinstance(pattern, URLResolver):
            yield namespace + (pattern.name or "")
        elif pattern.namespace:
            yield from pages_of(pattern, f"{pattern.namespace}:")
        elif str(pattern.pattern) != "accounts/":
            yield from pages_of(pattern, namespace)


def test_every_page_is_listed():
    ours = {n for n in pages_of(get_resolver()) if not n.startswith("admin:")}

    assert ours == set(PAGES) | set(OUTSIDE)


@pytest.mark.parametrize("name", OUTSIDE)
def test_pages_outside_tell_strangers_only_what_is_public(
    client, taken_back, story, name
):
    named = {
        "invitation": ["no-such-token"],
        "stop_recovery": ["no-such-token"],
        "demo_attachment": [1],
        "directory:logo": [1, "no-such-logo"],
        "directory:partner": ["no-such-partner", "de"],
        "directory:contact": ["no-such-partner", "de"],
    }

    response = client.get(reverse(name, args=named.get(name, [])))

    assert response.status_code == OUTSIDE[name]


@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_finds_nothing_and_changes_nothing(story, name):
    tried = Tried(story)
    for visit in attempts(name):
        tried.attempt("nobody", None, visit, asks_to_sign_in)
        for stranger, person in story.strangers.items():
            tried.attempt(f"a stranger ({stranger})", person, visit, is_unknown)
        if PAGES[name].side:
            (other,) = set(KINDS) - {visit.kind}
            admin = story.people[other][ROLES_OF[other][0]]
            home = story.organization[other]
            tried.attempt("the other side, at home", admin, visit, is_unknown, home)
    for visit in visits(name) if PAGES[name].row else []:
        rival = story.rivals[visit.kind]
        home = rival.organization
        tried.attempt("a rival, at home", rival.person, visit, is_unknown, home)

    assert tried.mistakes == []


@pytest.mark.parametrize("name", PAGES)
def test_a_member_gets_in_with_the_right_role(story, name):
    tried = Tried(story)
    for visit in visits(name):
        for role in ROLES_OF[visit.kind]:
            right = lets_in if role in PAGES[name].roles else is_forbidden
            if PAGES[name].own and role != ROLES_OF[visit.kind][0]:
                right = is_unknown
            tried.attempt(role, story.people[visit.kind][role], visit, right)

    assert tried.mistakes == []


@pytest.mark.parametrize(
    "name", [name for name, page in PAGES.items() if page.methods != BOTH]
)
def test_pages_answer_only_the_way_they_are_meant(as_person, taken_back, story, name):
    page = PAGES[name]
    kind = page.side or Side.PARTNER
    role = next(role for role in page.roles if role in ROLES_OF[kind])
    wrong = Visit(name, kind, "post" if page.methods == READ else "get")

    response = go(as_person(story.people[kind][role]), story, wrong)

    assert response.status_code == 405
