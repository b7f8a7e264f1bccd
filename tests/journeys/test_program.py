"""The whole program in a browser: from registering to a paid voucher."""

from datetime import timedelta
from io import BytesIO

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.utils.formats import date_format
from pypdf import PdfReader
from weasyprint import HTML

from enrollment.models import Offering, Program
from payments.models import PaymentRequest
from portal import clock
from portal.models import AuditEntry, Document, Email
from portal.roles import Duty, Role
from portal.tenancy import acting_for_all
from tests.factories.payments import RateFactory
from tests.factories.portal import (
    CustomerFactory,
    MembershipFactory,
    UserFactory,
    staff_actor,
)
from tests.factories.vouchers import CustomerAgreementFactory
from tests.journeys.walker import Walker, code_of, mailed_link, subjects_to
from tests.workers import WORKER, beat, celery, wait_until
from vouchers.models import LedgerEntry, Voucher

pytestmark = [
    pytest.mark.browser,
    pytest.mark.worker,
    pytest.mark.django_db(transaction=True),
]
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
TYPE = "SharePoint Deployment Planning"


def pdf(title):
    target = BytesIO()
    HTML(string=f"<h1>{title}</h1>").write_pdf(target)
    return target.getvalue()


def reviewer(*duties):
    """Make somebody at the sponsor who passes the second factor with ``SECRET``."""
    person = staff_actor(*duties).person
    give_code(person)
    return person


def give_code(person):
    Authenticator.objects.create(
        user=person, type=Authenticator.Type.TOTP, data={"secret": SECRET}
    )


@pytest.fixture
def walk(browser, live_server):
    """Return a browser window to a person, signed in unless it says otherwise."""
    walkers = []

    def begin(email, password="pass-phrase", *, secret="", sign_in=True):
        walker = Walker(browser, live_server.url, email, password)
        walkers.append(walker)
        return walker.sign_in(secret) if sign_in else walker

    yield begin
    for walker in walkers:
        walker.close()
    assert [c for walker in walkers for c in walker.complaints] == []


@pytest.fixture
def customer(catalogue):
    """Make a customer with its people and 20 days, and the rates."""
    organization = CustomerFactory(name="Riverside Hospital", slug="riverside")
    for name, role in [("Bea", Role.BENEFIT_ADMIN), ("Peter", Role.PROJECT_MANAGER)]:
        person = UserFactory(name=name, email=f"{name.lower()}@riverside.example")
        MembershipFactory(person=person, organization=organization, roles=[role])
    program = Program.objects.get(code="SADPS")
    CustomerAgreementFactory(customer=organization, program=program, days=20)
    for offering in Offering.objects.all():
        RateFactory(offering=offering, country="DE", amount_per_day="1200")
    return organization


@pytest.fixture
def background(tmp_path):
    """Run a real worker and a real clock."""
    with celery(tmp_path, PORTAL_FILES=str(settings.FILES)) as begin:
        begin(*WORKER)
        begin(*beat(tmp_path))
        yield


def test_eight_steps_from_registering_to_a_paid_voucher(walk, customer, background):
    rita = reviewer(Duty.ENROLLMENT_REVIEWER)
    paul = reviewer(Duty.PAYMENT_APPROVER)
    lena = reviewer(Duty.PAYMENT_RELEASER)
    anna = walk("anna@nordlicht.example", "Wandering-Albatross-7", sign_in=False)

    prove_and_apply(anna)
    approve_enrollment(walk(rita.email, secret=SECRET))
    look_at_the_matrix(anna)
    publish_profile(anna)
    voucher = create_and_assign(walk("bea@riverside.example"))
    validate_and_reserve(anna, voucher)
    deliver_and_report(anna)
    redeem(anna, voucher)
    frida = join_as_finance(anna, walk)
    invoice = request_payment(frida, voucher)
    approve_payment(walk(paul.email, secret=SECRET))
    record_payment(walk(lena.email, secret=SECRET))

    paid = Voucher.objects.get()
    assert paid.state == "paid"
    assert_invoice_is_right(invoice, voucher)
    assert_days_went_their_way()
    assert_everyone_got_the_right_mails(rita, paul, voucher)
    anna.go(f"/o/nordlicht/vouchers/{voucher}/").sees("Paid")


def prove_and_apply(anna):
    """Take steps 1 and 2: register, see what qualifies, prove, sign, send."""
    anna.sign_up("Anna Admin").go("/register/")
    anna.fill(name="Nordlicht", street="Hafenstraße 1", city="Hamburg")
    anna.fill(location_name="Head office").choose("country", "Germany")
    anna.choose("time_zone", "Europe/Berlin").press("Register the company")
    anna.sees("Nordlicht").go("/o/nordlicht/enrollment/")
    anna.sees(
        "Reach and add Collaboration and Content (silver or gold) with its proof."
    )
    today = clock.today()
    anna.follow("Add a competency").choose("competency", "Collaboration and Content")
    anna.choose("level", "Gold")
    anna.fill(
        valid_from=today - timedelta(days=30), valid_until=today + timedelta(days=365)
    )
    anna.upload("proof", "certificate.pdf", pdf("Certificate"))
    anna.press("Add the competency").sees("Waiting for review")
    certify(anna)
    sign(anna)
    anna.follow("Choose your offerings", exact=False)
    anna.tick("SharePoint Deployment Planning Services").press("Keep this choice")
    anna.follow("Check and send", exact=False).sees("nordlicht.example", "DEMO-CC1")
    anna.press("Send the enrollment for review").sees("EN-0", "What happens next")
    anna.follow("Go to your enrollment").sees("In review")


def sign(anna):
    """Sign from the task list; the copy is made by a worker and comes by mail too."""
    anna.go("/o/nordlicht/enrollment/").sees("Sign the program agreement")
    anna.follow("Sign the program agreement", exact=False).sees("8. Payment.")
    anna.fill(name="Anna Admin", title="Managing director")
    anna.press("Sign the agreement").sees("There is a problem")
    anna.tick("I have read the agreement").press("Sign the agreement")
    anna.sees("The agreement is signed", "Signed by Anna Admin")
    wait_until(lambda: "has signed" in subjects_to(anna.email)[-1])
    with acting_for_all():
        mail = Email.objects.filter(to=anna.email).latest("pk")
    with mail.attachment.open() as copy:
        text = " ".join(page.extract_text() for page in PdfReader(copy).pages)
    assert "Managing director" in text
    assert "8. Payment." in text


def certify(anna):
    """Let the admin be the company's consultant, with an exam of the competency."""
    anna.go("/o/nordlicht/enrollment/consultants/")
    anna.follow("I work here as a consultant").fill(since=clock.today())
    anna.press("Confirm").follow("Add a certificate")
    anna.fill(exam="demo-cc1", passed_on=clock.today())
    anna.upload("proof", "exam.pdf", pdf("Exam"))
    anna.press("Add the certificate").sees("DEMO-CC1", "Waiting for review")


def approve_enrollment(rita):
    """Let the reviewer verify the proof and approve, in the admin."""
    rita.go("/admin/enrollment/heldcompetency/").open_row()
    rita.press("Verify").sees("Verify, done")
    rita.go("/admin/enrollment/certificate/").open_row()
    rita.press("Verify").sees("Verify, done")
    rita.go("/admin/enrollment/enrollment/").open_row()
    rita.press("Approve").sees("Approve, done")


def look_at_the_matrix(anna):
    """See who can lead what, and what a leaver would take along."""
    anna.go("/o/nordlicht/enrollment/consultants/").follow("Who can lead what")
    anna.sees(TYPE, "Only Anna Admin", "Missing: exam")
    anna.go("/o/nordlicht/enrollment/consultants/").follow("If somebody leaves")
    anna.choose("what", "Anna Admin").press("Show what follows")
    anna.sees("What you could no longer deliver", TYPE, "This is the last admin")


def publish_profile(anna):
    """Step 3: the business profile."""
    anna.go("/o/nordlicht/enrollment/profiles/").follow("Add a country")
    anna.choose("country", "Germany").press("Begin the profile")
    anna.fill(description="We plan SharePoint with you, on site.")
    anna.press("Keep the draft and see it").sees("We plan SharePoint with you")
    anna.press("Publish the profile").go("/o/nordlicht/enrollment/")
    anna.sees("You can deliver this")


def create_and_assign(bea):
    """Step 4: the customer makes a voucher of its days and gives it out."""
    bea.go("/o/riverside/entitlement/").follow("Create vouchers")
    bea.choose("engagement_type", TYPE).choose("days", "1")
    bea.choose("country", "Germany").press("Create")
    bea.choose("project_manager", "Peter").choose("partner", "Nordlicht")
    bea.press("Assign the voucher").sees("Assigned")
    bea.go("/o/riverside/entitlement/").sees("19")
    return Voucher.objects.get().number


def validate_and_reserve(anna, number):
    """Step 5: by number and e-mail, mistyped once; then reserve under the terms."""
    anna.go("/o/nordlicht/").sees(number)
    anna.go("/o/nordlicht/vouchers/validate/")
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    anna.fill(number=wrong, email="bea@riverside.example").press("Find the voucher")
    anna.sees("Check this part of the voucher number", wrong[-4:])
    spoken = number.replace("-", " ").lower()
    anna.fill(number=spoken, email="bea@riverside.example").press("Find the voucher")
    anna.sees(TYPE).tick("My company delivers under the terms")
    anna.press("Reserve the voucher").sees("Reserved")


def deliver_and_report(anna):
    """Step 6: schedule, deliver, report with the deliverable."""
    number = Voucher.objects.get().number
    anna.go(f"/o/nordlicht/engagements/schedule/{number}/")
    today = clock.today("Europe/Berlin")
    anna.fill(starts_on=today, ends_on=today).choose("lead", "Anna Admin")
    anna.press("Schedule and tell the customer").sees("Scheduled")
    anna.page.goto(f"{anna.page.url.rstrip('/')}/report/")
    anna.fill(days_on_site=1, days_off_site=0, accepted_by="Peter", accepted_on=today)
    anna.choose("deliverable_kind", "Custom plan")
    anna.fill(summary="Planned the intranet.", next_steps="Begin with one ward.")
    anna.upload("deliverable", "page.pdf", b"<html>not a PDF</html>")
    anna.tick("charged nothing extra").tick("met the program").press("File the report")
    anna.sees("The content of the file is not what its name says")
    anna.upload("deliverable", "plan.pdf", pdf("Plan"))
    anna.press("File the report").sees("Reported", "plan.pdf")


def redeem(anna, number):
    """Step 7: use the voucher up."""
    anna.follow("Redeem the voucher", exact=False).press("Redeem the voucher")
    anna.go(f"/o/nordlicht/vouchers/{number}/").sees("Redeemed")


def join_as_finance(anna, walk):
    """Join by mail; nothing works before the second factor."""
    anna.go("/o/nordlicht/company/").follow("Invite a colleague")
    anna.fill(email="frida@nordlicht.example").tick("Finance")
    anna.press("Send the invitation").sees("frida@nordlicht.example")
    path = mailed_link("frida@nordlicht.example")
    frida = walk("frida@nordlicht.example", "Wandering-Albatross-7", sign_in=False)
    frida.sign_up("Frida Finance").go(path)
    frida.press("Join Nordlicht").go("/o/nordlicht/payments/").sees("second factor")
    frida.go("/accounts/2fa/totp/activate/")
    secret = frida.page.locator("#authenticator_secret").input_value()
    frida.fill(code=code_of(secret)).press("Activate").sees("recovery codes")
    return frida


def request_payment(frida, number):
    """Step 8: the payment request, and the invoice that a worker makes."""
    frida.go("/o/nordlicht/payments/").follow("Request payment").sees(number)
    frida.page.locator("[name=engagements]").first.check()
    frida.fill(invoice_number="NL-7", vat_number="DE136695976", tax_rate="19")
    frida.press("Go on to the sums").sees("1,200.00", "228.00", "1,428.00")
    frida.press("Send the payment request").sees("In review")
    wait_until(lambda: Document.objects.filter(name__startswith="PR-").exists())
    frida.page.reload()
    with frida.page.expect_download() as download:
        frida.follow("Download the invoice (PDF)")
    return PdfReader(download.value.path())


def approve_payment(paul):
    paul.go("/admin/payments/paymentrequest/").open_row()
    paul.press("Approve").sees("Approve, done")


def record_payment(lena):
    """Another person records the payment: the voucher is paid."""
    lena.go("/admin/payments/paymentrequest/").open_row()
    lena.press("Record the payment")
    lena.fill(paid_on=clock.today(), bank_reference="SEPA 1")
    lena.page.locator("form:has([name=bank_reference]) [type=submit]").last.click()
    lena.sees("Record the payment, done")


def assert_invoice_is_right(invoice, number):
    text = " ".join(page.extract_text() for page in invoice.pages)
    flat = " ".join(text.split())
    for wanted in ("NL-7", "Nordlicht", "Microsoft", "Riverside Hospital", number):
        assert wanted in flat
    for wanted in ("1,200.00", "228.00", "1,428.00", "DE136695976"):
        assert wanted in flat


def assert_days_went_their_way():
    kinds = LedgerEntry.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["granted", "held", "consumed", "paid"]
    verbs = AuditEntry.objects.filter(subject_type="vouchers.voucher").order_by("pk")
    assert list(verbs.values_list("verb", flat=True)) == [
        "voucher.created",
        "voucher.assigned",
        "voucher.reserved",
        "voucher.redeemed",
        "voucher.paid",
    ]


def assert_everyone_got_the_right_mails(rita, paul, number):
    """Expect one mail for each thing that concerned a person, and no other."""
    request = PaymentRequest.objects.get().reference
    voucher = f"Voucher {number}"
    day = date_format(clock.today("Europe/Berlin"))
    assert subjects_to("anna@nordlicht.example")[1:] == [
        "Nordlicht has signed version 1.0 of the program agreement",
        "Collaboration and Content (Gold) is verified",
        "DEMO-CC1 of Anna Admin is verified",
        "Nordlicht is enrolled",
        f"{voucher}: Riverside Hospital assigned it to Nordlicht",
    ]
    assert subjects_to("bea@riverside.example") == [
        f"{voucher} is reserved by Nordlicht"
    ]
    assert subjects_to("peter@riverside.example") == [
        f"{voucher} is assigned to you",
        f"{voucher} is reserved by Nordlicht",
        f"Nordlicht delivers voucher {number} from {day}",
        f"{voucher}: the partner has reported the engagement",
        f"{voucher} is redeemed",
    ]
    frida = subjects_to("frida@nordlicht.example")
    assert [frida[0], *frida[2:]] == [
        "Invitation to Nordlicht",
        "Codes were switched on for your account",
        f"Payment request {request} is approved",
        f"€1,428.00 for payment request {request} is paid",
    ]
    assert len(subjects_to(rita.email)) == len(subjects_to(paul.email)) == 1
    wait_until(lambda: not Email.objects.filter(sent_at=None).exists())
