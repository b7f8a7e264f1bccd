"""The pages that people visit most, and addresses of each that differ."""

from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import Max, Min
from django.urls import reverse

from bench.tenants import Tenant
from engagements.models import Engagement
from payments.models import PaymentRequest
from portal.actors import Actor
from portal.tenancy import acting_for_all
from vouchers.models import Voucher

Addresses = Callable[[Tenant, int], list[str]]


class Page(NamedTuple):
    """One page: who reads it, and some of its addresses for a tenant's rows."""

    name: str
    reader: Callable[[Tenant], Actor]
    addresses: Addresses
    # The same for every tenant.
    is_common: bool = False


def owner(tenant: Tenant) -> Actor:
    return tenant.owner


def partner(tenant: Tenant) -> Actor:
    return tenant.lead


def reviewer(tenant: Tenant) -> Actor:
    return tenant.approver


def single(
    name: str, reader: Callable[[Tenant], Actor], *args: str, **query: str
) -> Addresses:
    """Return the one address of a page of an organization."""

    def addresses(tenant: Tenant, _number: int) -> list[str]:
        slug = reader(tenant).organization.slug
        return [reverse(name, args=[slug, *args], query=query)]

    return addresses


def common(name: str, **query: str) -> Addresses:
    return lambda _tenant, _number: [reverse(name, query=query)]


def some(rows: Any, number: int) -> list[Any]:
    """Choose rows from everywhere among many, the same ones at each call."""
    ends = rows.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return []
    span = range(ends["first"], ends["last"] + 1)
    chance = Random(number)
    keys = chance.sample(span, k=min(len(span), 40 * number))
    found = list(rows.filter(pk__in=keys))
    return chance.sample(found, k=min(len(found), number))


def vouchers(tenant: Tenant, number: int, **wanted: Any) -> list[Voucher]:
    with acting_for_all():
        rows = Voucher.objects.filter(agreement=tenant.agreement, **wanted)
        return some(rows, number)


def list_pages(tenant: Tenant, number: int) -> list[str]:
    """Return pages from everywhere in a customer's list, the first one first."""
    slug = tenant.owner.organization.slug
    url = reverse("vouchers:index", args=[slug])
    edges = [
        f"{each.created_at.isoformat()}~{each.pk}"
        for each in vouchers(tenant, number - 1)
    ]
    return [url, *(f"{url}?{urlencode({'older': edge})}" for edge in edges)]


def voucher_pages(tenant: Tenant, number: int) -> list[str]:
    customer = tenant.owner.organization
    return [each.url_for(customer) for each in vouchers(tenant, number)]


def reserve_pages(tenant: Tenant, number: int) -> list[str]:
    lead = tenant.lead.organization
    # Those that an action released stay assigned, to a project manager alone.
    found = vouchers(tenant, number, state="assigned", partner=lead)
    return [
        reverse("vouchers:reserve", args=[lead.slug, each.number]) for each in found
    ]


def eligibility_page(tenant: Tenant, number: int) -> list[str]:
    program = tenant.agreement.program.code
    return single("enrollment:eligibility", partner, program)(tenant, number)


def engagement_pages(tenant: Tenant, number: int) -> list[str]:
    company = tenant.lead.organization
    with acting_for_all():
        rows = some(Engagement.objects.filter(partner=company), number)
    return [each.url_for(company) for each in rows]


def request_pages(tenant: Tenant, number: int) -> list[str]:
    company = tenant.lead.organization
    with acting_for_all():
        rows = some(PaymentRequest.objects.filter(partner=company), number)
    return [each.url_for(company) for each in rows]


QUEUE = "admin:payments_paymentrequest_changelist"
PAGES = (
    Page("home of a partner", partner, single("organization:home", partner)),
    Page("home of a customer", owner, single("organization:home", owner)),
    Page("voucher list", owner, list_pages),
    Page("voucher page", owner, voucher_pages),
    Page("create", owner, single("vouchers:create", owner)),
    Page("reserve", partner, reserve_pages),
    Page("eligibility", partner, eligibility_page),
    Page("directory", owner, common("directory:index"), is_common=True),
    Page("engagement page", partner, engagement_pages),
    Page("payment request form", partner, single("payments:request", partner)),
    Page("payment request page", partner, request_pages),
    Page("reviewers' queue", reviewer, common(QUEUE, state__exact="submitted"), True),
)
