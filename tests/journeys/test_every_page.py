"""Each page of the demo, looked at for barriers, overflow and broken promises."""

import pytest
from django.conf import settings
from django.core.management import call_command

from payments.demo.seed import seed
from portal.demo import PASSWORD
from tests.journeys.walker import Walker, secret_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = (settings.ROOT / "tests" / "vendor" / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What Django's own template of rows below a record leaves out.
DJANGOS = {"empty-table-header": {"enabled": False}}
WIDTHS = [1280, 320]
# All that changes with the light.
COLOURS = ["color-contrast", "link-in-text-block"]
# What is said of a fault, and no more: axe's way of finding elements again is slow.
BRIEF = {"resultTypes": ["violations"], "selectors": False, "preload": False}

# Who looks at which lists; from each list the first record is opened too.
TOURS = {
    "anna@nordlicht.example": [
        "/o/nordlicht/",
        "/o/nordlicht/enrollment/",
        "/o/nordlicht/enrollment/competencies/add/",
        "/o/nordlicht/enrollment/SADPS/agreement/",
        "/o/nordlicht/enrollment/SADPS/agreement/signed/",
        "/o/nordlicht/enrollment/consultants/",
        "/o/nordlicht/enrollment/consultants/coverage/",
        "/o/nordlicht/enrollment/consultants/leaver/",
        "/o/nordlicht/enrollment/consultants/invite/",
        "/o/nordlicht/enrollment/consultants/confirm/",
        "/o/nordlicht/enrollment/profiles/",
        "/o/nordlicht/enrollment/profiles/add/",
        "/o/nordlicht/enrollment/profiles/de/",
        "/o/nordlicht/enrollment/profiles/de/withdraw/",
        "/o/nordlicht/vouchers/",
        "/o/nordlicht/vouchers/?more=1&last_until=2026-02-30",
        "/o/nordlicht/vouchers/validate/",
        "/o/nordlicht/engagements/",
        "/o/nordlicht/company/",
        "/o/nordlicht/company/invite/",
        "/o/fresh-start/enrollment/",
    ],
    "frida@nordlicht.example": [
        "/o/nordlicht/payments/",
        "/o/nordlicht/payments/request/",
    ],
    "max@sponsor.example": [
        "/admin/",
        "/admin/enrollment/program/",
        "/admin/enrollment/competency/",
        "/admin/vouchers/conversionrule/add/",
        "/admin/vouchers/customeragreement/",
        "/admin/vouchers/customeragreement/add/",
        "/admin/vouchers/extension/",
        "/admin/vouchers/ledgerentry/",
        "/admin/vouchers/licensedproduct/",
        "/admin/vouchers/policyexception/add/",
        "/admin/vouchers/purchase/",
        "/admin/vouchers/purchaseimport/",
        "/admin/vouchers/purchaseimport/read/",
        "/admin/vouchers/reservation/",
        "/admin/vouchers/retirementplan/",
        "/admin/vouchers/retirementplan/add/",
        "/admin/vouchers/voucher/",
        "/admin/vouchers/voucher/?state__exact=reserved",
    ],
    "bea@riverside.example": [
        "/o/riverside/",
        "/o/riverside/entitlement/",
        "/o/riverside/entitlement/convert/",
        "/o/riverside/entitlement/outlook/",
        "/o/riverside/vouchers/",
        "/o/riverside/entitlement/?kind=held",
        "/o/riverside/vouchers/?more=1&state=created&state=paid",
        "/o/riverside/vouchers/create/",
        "/o/riverside/vouchers/hand-over/",
        "/o/riverside/vouchers/import/",
        "/o/riverside/engagements/",
    ],
}


@pytest.fixture
def demo(transactional_db):
    """Tell the demo's story in the test's database."""
    call_command("load_catalogue")
    call_command("load_rates")
    call_command("load_accrual")
    seed()


def first_record(page):
    """Return the address of the first record in a list or choice, if there is one."""
    links = page.locator(
        'main table tbody a:not([href*="/documents/"]), main .module a.button'
    )
    return [links.first.get_attribute("href")] if links.count() else []


def look(page, path):
    """Return what is wrong with a page at every width and in both lights."""
    answer = page.goto(path)
    assert answer.status == 200, path
    everything = {"type": "tag", "values": TAGS}
    return [
        (path, width, light, fault)
        for width in WIDTHS
        for light, rules in [
            ("light", everything),
            ("dark", {"type": "rule", "values": COLOURS}),
        ]
        for fault in faults(page, path, width, light, rules)
    ]


def faults(page, path, width, light, rules):
    """Return what is wrong as the page is shown now, loaded once for all looks."""
    # Colours on their way from light to dark are not what people read.
    page.emulate_media(color_scheme=light, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    wide = "document.documentElement.scrollWidth > window.innerWidth + 1"
    overflow = ["scrolls sideways"] if page.evaluate(wide) else []
    run = "options => axe.run(options).then(r => r.violations)"
    options = {"runOnly": rules, **BRIEF}
    if path.startswith("/admin/"):
        options["rules"] = DJANGOS
    violations = page.evaluate(run, options)
    return overflow + [(v["id"], v["nodes"][0]["html"][:120]) for v in violations]


def test_pages_have_no_barrier_and_fit_a_telephone(browser, live_server, demo):
    found, complaints = [], []
    for email, paths in TOURS.items():
        walker = Walker(browser, live_server.url, email, PASSWORD)
        walker.sign_in(secret_of(email))
        walker.context.add_init_script(AXE)
        for path in paths:
            found += look(walker.page, path)
            for record in first_record(walker.page):
                found += look(walker.page, record)
        complaints += walker.complaints
        walker.close()

    assert found == []
    assert complaints == []
