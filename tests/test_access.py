"""Who gets in where: every page, tried by everyone who should not.

A page without a line in PAGES fails ``test_every_page_is_listed``, so nobody can add
one and forget to say who may open it.
"""

from typing import NamedTuple

import pytest
from django.db import transaction
from django.urls import URLResolver, get_resolver, reverse

from portal.models import AuditEntry
from portal.roles import ROLES_OF, Role, Side
from portal.tenancy import acting_for_all
from tests.story import KINDS, made_story

ADMINS = (Role.PARTNER_ADMIN, Role.BENEFIT_ADMIN)
COLLEAGUES = tuple(role for role in Role if role not in ADMINS)
LEADS = (Role.PARTNER_ADMIN, Role.DELIVERY_LEAD)
READ, WRITE, BOTH = ["get"], ["post"], ["get", "post"]


class Page(NamedTuple):
    """Who opens a page, on which side it exists, and what its address names."""

    roles: tuple = tuple(Role)
    side: Side | None = None
    row: str = ""
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
    "vouchers:ledger_xlsx": customers(methods=READ),
    "vouchers:activate": customers(Role.BENEFIT_ADMIN, row="agreement"),
    "vouchers:contacts": customers(Role.BENEFIT_ADMIN, row="agreement"),
    "vouchers:convert": customers(Role.BENEFIT_ADMIN),
    "vouchers:conversion": customers(row="conversion", methods=READ),
    "vouchers:outlook": customers(Role.BENEFIT_ADMIN, methods=READ),
    "vouchers:purchase": customers(row="purchase", methods=READ),
    "vouchers:index": Page(methods=READ),
    "vouchers:csv": Page(methods=READ),
    "vouchers:xlsx": Page(methods=READ),
    "vouchers:assign_many": customers(Role.BENEFIT_ADMIN),
    "vouchers:cancel_many": customers(Role.BENEFIT_ADMIN),
    "vouchers:download_many": customers(Role.BENEFIT_ADMIN, methods=READ),
    "vouchers:recall_many": customers(Role.BENEFIT_ADMIN),
    "vouchers:hand_over": customers(Role.BENEFIT_ADMIN),
    "vouchers:import": customers(Role.BENEFIT_ADMIN),
    "vouchers:import_template": customers(Role.BENEFIT_ADMIN, methods=READ),
    "vouchers:import_preview": customers(Role.BENEFIT_ADMIN, row="import"),
    "vouchers:import_failed": customers(Role.BENEFIT_ADMIN, row="import", methods=READ),
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
}
PLACES = [
    (name, kind)
    for name, page in PAGES.items()
    for kind in ([page.side] if page.side else KINDS)
]
VISITS = [
    Visit(name, kind, method) for name, kind in PLACES for method in PAGES[name].methods
]
# Who does not belong gets no further by reading than by writing.
ATTEMPTS = [Visit(name, kind, PAGES[name].methods[-1]) for name, kind in PLACES]
MEMBERS = [(visit, role) for visit in VISITS for role in ROLES_OF[visit.kind]]


@pytest.fixture(scope="module")
def story(django_db_setup, django_db_blocker):
    """Make one row of everything, once: each test takes its own changes back."""
    with django_db_blocker.unblock(), transaction.atomic():
        with acting_for_all():
            yield made_story()
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _changes_are_taken_back(request):
    if "story" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("story")
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


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
def test_pages_outside_tell_strangers_only_what_is_public(client, name, story):
    named = {
        "invitation": ["no-such-token"],
        "demo_attachment": [1],
        "directory:logo": [1, "no-such-logo"],
        "directory:partner": ["no-such-partner", "de"],
        "directory:contact": ["no-such-partner", "de"],
    }

    response = client.get(reverse(name, args=named.get(name, [])))

    assert response.status_code == OUTSIDE[name]


@pytest.mark.parametrize("visit", ATTEMPTS, ids=str)
def test_nobody_gets_in_without_signing_in(client, story, visit):
    response = go(client, story, visit)

    assert response.status_code == 302
    assert response.url.startswith("/accounts/login/?next=/o/")


@pytest.mark.parametrize(("visit", "role"), MEMBERS, ids=str)
def test_a_member_gets_in_with_the_right_role(as_person, story, visit, role):
    response = go(as_person(story.people[visit.kind][role]), story, visit)

    is_meant = role in PAGES[visit.name].roles
    assert response.status_code in ({200, 302} if is_meant else {403})
    assert not response.get("Location", "").startswith("/accounts/")


@pytest.mark.parametrize(
    "visit", [visit for visit in ATTEMPTS if PAGES[visit.name].side], ids=str
)
def test_a_page_of_one_side_does_not_exist_on_the_other(as_person, story, visit):
    (other,) = set(KINDS) - {visit.kind}
    admin = story.people[other][ROLES_OF[other][0]]

    response = go(as_person(admin), story, visit, story.organization[other])

    assert response.status_code == 404


@pytest.mark.parametrize("stranger", ["partner", "customer", "sponsor"])
@pytest.mark.parametrize("visit", ATTEMPTS, ids=str)
def test_a_stranger_finds_nothing_and_changes_nothing(
    as_person, story, visit, stranger
):
    response = go(as_person(story.strangers[stranger]), story, visit)

    assert response.status_code == 404
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    "visit", [visit for visit in VISITS if PAGES[visit.name].row], ids=str
)
def test_a_foreign_row_is_not_found_at_home_either(as_person, story, visit):
    rival = story.rivals[visit.kind]

    response = go(as_person(rival.person), story, visit, rival.organization)

    assert response.status_code == 404
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    "name", [name for name, page in PAGES.items() if page.methods != BOTH]
)
def test_pages_answer_only_the_way_they_are_meant(as_person, story, name):
    page = PAGES[name]
    kind = page.side or Side.PARTNER
    role = next(role for role in page.roles if role in ROLES_OF[kind])
    wrong = Visit(name, kind, "post" if page.methods == READ else "get")

    response = go(as_person(story.people[kind][role]), story, wrong)

    assert response.status_code == 405
