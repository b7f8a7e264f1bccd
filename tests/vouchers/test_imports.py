"""Vouchers from a table: every row judged, then all of them made, or none."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils.translation import override

from portal import clock
from portal.findings import Refused
from portal.roles import Role
from portal.services import table_imports
from portal.spreadsheets.xlsx import write_xlsx
from tests.factories.enrollment import EngagementTypeFactory, eligible_partner
from tests.factories.portal import CustomerFactory, actor_of
from tests.factories.vouchers import CustomerAgreementFactory, VoucherImportFactory
from tests.uploads import read_now
from tests.vouchers.actions import accounts, acting, recorded, told
from vouchers.models import State, Voucher, VoucherBatch, VoucherImport
from vouchers.services import exports, voucher_imports

pytestmark = pytest.mark.django_db
NO_COUNTRY = (
    "Country of delivery: There is no such country. Write its name or its two letters."
)
HEAD = (
    "Agreement,Engagement type,Days,Country of delivery,Label,Project manager,Partner"
)


@pytest.fixture
def agreement():
    return CustomerAgreementFactory(days=50)


@pytest.fixture
def owner(agreement):
    return actor_of(agreement.customer, Role.BENEFIT_ADMIN)


@pytest.fixture
def kind(agreement):
    return EngagementTypeFactory(
        offering__program=agreement.program, lengths=[3, 5], slug="cloud", name="Cloud"
    )


def upload(owner, *rows, head=HEAD):
    return upload_file(owner, "\n".join([head, *rows]).encode())


def upload_file(owner, content):
    with acting(owner):
        file = ContentFile(content, "vouchers.csv")
        kept = voucher_imports.TABLES.upload(file, by=owner)
    return read_now(kept)


def judged(owner, *rows, **details):
    kept = upload(owner, *rows, **details)
    assert kept.problem == ""
    return check(owner, kept)


def check(owner, kept):
    with acting(owner):
        return voucher_imports.TABLES.check_upload(kept, by=owner).rows


def problem(owner, row):
    [line] = judged(owner, row)
    return line.problem


def confirm(owner, kept):
    with acting(owner):
        return voucher_imports.TABLES.confirm(kept, by=owner)


def test_looking_at_a_table_makes_nothing(owner, kind):
    [line] = judged(owner, ",Cloud,5,Germany,Budget 1,,")

    assert line.wrong == []
    assert (line.checked_spec.engagement_type, line.checked_spec.days) == (kind, 5)
    assert (line.checked_spec.country, line.country) == ("DE", "Germany")
    assert line.checked_spec.label == "Budget 1"
    assert not Voucher.objects.exists()


def test_a_confirmed_table_makes_all_its_vouchers(owner, agreement, kind):
    kept = upload(owner, ",cloud,5,de,One,,", f"{agreement},Cloud,3,Austria,Two,,")

    done = confirm(owner, kept)

    made = Voucher.objects.filter(batch__ticket=done.ticket).order_by("pk")
    assert [(v.days, v.country, v.label) for v in made] == [
        (5, "DE", "One"),
        (3, "AT", "Two"),
    ]
    assert accounts(agreement) == (42, 8, 0, 0, 0)


def test_rows_with_people_are_assigned_with_one_mail_to_each(owner, kind):
    manager = actor_of(owner.organization, Role.PROJECT_MANAGER).person
    partner = eligible_partner(kind)
    lead = actor_of(partner, Role.DELIVERY_LEAD).person
    row = f",Cloud,5,DE,,{manager.email.upper()},{partner.name}"

    confirm(owner, upload(owner, row, row, ",Cloud,3,DE,Later,,"))

    assert sorted(each.state for each in Voucher.objects.all()) == [
        State.ASSIGNED,
        State.ASSIGNED,
        State.CREATED,
    ]
    assert told() == [
        ("voucher-assigned-manager-many", manager.email),
        ("voucher-assigned-partner-many", lead.email),
    ]


def test_rows_of_several_agreements_are_one_batch(owner, agreement, kind):
    second = CustomerAgreementFactory(
        customer=owner.organization, program=agreement.program
    )

    confirm(
        owner,
        upload(owner, f"{second},Cloud,5,DE,,,", f"{agreement},Cloud,3,DE,,,"),
    )

    assert VoucherBatch.objects.get().count == 2
    assert accounts(agreement) == (47, 3, 0, 0, 0)
    assert accounts(second) == (45, 5, 0, 0, 0)


def test_a_table_confirmed_twice_makes_one_batch(owner, kind):
    kept = upload(owner, ",Cloud,5,DE,,,")

    first, second = (confirm(owner, kept) for _press in range(2))

    assert first == second
    assert Voucher.objects.count() == 1


def test_one_wrong_row_lets_nothing_be_made(owner, agreement, kind):
    kept = upload(owner, ",Cloud,5,DE,,,", ",Cloud,4,DE,,,")

    with pytest.raises(Refused, match="one row has a mistake"):
        confirm(owner, kept)

    assert not Voucher.objects.exists()
    assert not VoucherBatch.objects.exists()
    assert recorded() == []
    assert accounts(agreement) == (50, 0, 0, 0, 0)


def test_rows_are_judged_again_when_they_are_confirmed(owner, agreement, kind):
    kept = upload(owner, ",Cloud,5,DE,,,")
    agreement.activated_at = None
    agreement.save()

    with pytest.raises(Refused):
        confirm(owner, kept)

    assert not Voucher.objects.exists()


@pytest.mark.parametrize("days", ["0", "-1", "2", "999", "", "five", "5.5"])
def test_days_that_are_no_length_name_the_lengths(owner, kind, days):
    assert problem(owner, f",Cloud,{days},DE,,,") == (
        "Days: “Cloud” comes in these lengths: 3, 5 days."
    )


def test_the_row_that_the_pool_cannot_pay_is_told(owner, agreement, kind):
    lines = judged(owner, *[",Cloud,5,DE,,,"] * 11)

    assert [bool(line.wrong) for line in lines] == [False] * 10 + [True]
    assert lines[-1].problem == (
        f"Days: Agreement {agreement} has 50 free days; up to this row 55 are needed."
    )


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (",Clod,5,DE,,,", "Engagement type: There is no such engagement type."),
        (",,5,DE,,,", "Engagement type: Name an engagement type."),
        (
            ",Cloud,5,Atlantis,,,",
            NO_COUNTRY,
        ),
        (
            "V999,Cloud,5,DE,,,",
            "Agreement: Your organization has no such agreement.",
        ),
        (
            f",Cloud,5,DE,{'x' * 81},,",
            "Label: A label has at most 80 signs.",
        ),
        (
            ",Cloud,5,DE,,,Nobody Inc.",
            "Partner: There is no such partner in the directory.",
        ),
    ],
)
def test_what_is_wrong_with_a_row_is_told_by_column(owner, kind, row, sentence):
    assert problem(owner, row) == sentence


def test_an_error_in_a_workbook_is_told_with_its_cell(owner, kind):
    kept = VoucherImportFactory(
        organization=owner.organization,
        made_by=owner.person,
        rows=[
            [
                2,
                {"engagement_type": "Cloud", "days": "", "country": "DE"},
                [["cell-error", "C2", "days"]],
            ]
        ],
    )

    [line] = check(owner, kept)

    assert line.problem == "Days: Cell C2 holds an error of the spreadsheet."


def test_somebody_elses_project_manager_reveals_nothing(owner, kind):
    stranger = actor_of(CustomerFactory(), Role.PROJECT_MANAGER).person

    theirs = problem(owner, f",Cloud,5,DE,,{stranger.email},")
    nobodys = problem(owner, ",Cloud,5,DE,,nobody@example.com,")

    assert theirs == nobodys
    assert theirs == (
        "Project manager: Nobody in your organization has this e-mail address or name."
    )


def test_a_project_manager_who_left_is_named(owner, kind):
    leaver = actor_of(owner.organization, Role.PROJECT_MANAGER).person
    leaver.memberships.update(is_active=False)

    assert problem(owner, f",Cloud,5,DE,,{leaver.email},") == (
        f"Project manager: {leaver} has left your organization."
    )


def test_a_partner_that_cannot_deliver_is_told_so(owner, kind):
    partner = eligible_partner(EngagementTypeFactory())

    sentence = problem(owner, f",Cloud,5,DE,,{owner.person.email},{partner.slug}")

    assert sentence.startswith(f"Partner: {partner} cannot deliver “Cloud” in Germany")


def test_of_two_agreements_one_must_be_named(owner, agreement, kind):
    CustomerAgreementFactory(customer=owner.organization, program=agreement.program)

    assert problem(owner, ",Cloud,5,DE,,,") == (
        "Agreement: You have several agreements: write which one."
    )


def test_another_customers_agreement_is_none(owner, kind):
    foreign = CustomerAgreementFactory()

    assert problem(owner, f"{foreign},Cloud,5,DE,,,") == (
        "Agreement: Your organization has no such agreement."
    )


def test_an_agreement_that_sleeps_says_what_to_do(owner, agreement, kind):
    agreement.activated_at = None
    agreement.save()

    assert problem(owner, f"{agreement},Cloud,5,DE,,,") == (
        f"Agreement: Activate the benefit of agreement {agreement} first."
    )


def test_countries_can_be_written_as_the_reader_does(owner, kind):
    [line] = judged(owner, ",Cloud,5,  aUSTRia ,,,")

    assert line.checked_spec.country == "AT"


def test_unknown_columns_are_refused_with_the_known_ones(owner):
    kept = upload(owner, "Cloud,5,DE,red", head="Engagement type,Days,Land,Colour")

    assert "These columns are not known: Land, Colour" in kept.problem


def test_failed_rows_come_back_with_what_is_wrong_and_can_be_sent_again(owner, kind):
    kept = upload(owner, ",Cloud,5,DE,Good,,", ",Cloud,4,DE,Bad,,")

    with acting(owner):
        checked = voucher_imports.TABLES.check_upload(kept, by=owner)
        [row] = voucher_imports.TABLES.failed_rows(checked, {3})
    head = ",".join(voucher_imports.TABLES.failed_headings())
    again = ",".join([*row[:2], "3", *row[3:-1], '"mended, now"'])
    [mended] = judged(owner, again, head=head)

    assert row[-1] == "Days: “Cloud” comes in these lengths: 3, 5 days."
    assert (mended.problem, mended.checked_spec.label) == ("", "Bad")


def test_a_workbook_is_read_like_a_csv(owner, kind):
    cells = [["", "Cloud", 5, "DE", "From Excel", "", ""]]
    kept = upload_file(owner, b"".join(write_xlsx(HEAD.split(","), cells)))

    [line] = check(owner, kept)

    assert (line.problem, line.checked_spec.label) == ("", "From Excel")


def test_what_nobody_confirmed_is_forgotten_after_a_day(owner):
    old = VoucherImportFactory(expires_at=clock.now())
    fresh = VoucherImportFactory(expires_at=clock.now() + timedelta(seconds=9))

    assert [table_imports.forget_ended(), table_imports.forget_ended()] == [1, 0]

    assert list(VoucherImport.objects.all()) == [fresh]
    assert old.pk


def test_a_colleague_does_not_confirm(owner, kind):
    kept = upload(owner, ",Cloud,5,DE,,,")
    colleague = actor_of(owner.organization, Role.BENEFIT_ADMIN)

    with pytest.raises(Refused, match="Only who uploaded a table"):
        confirm(colleague, kept)

    assert not Voucher.objects.exists()


def test_more_rows_than_are_made_at_once_are_refused_with_the_limit(owner):
    most = voucher_imports.TABLES.most_rows

    kept = upload(owner, *[",Cloud,5,DE,,,"] * (most + 1))

    assert f"more than {most} rows" in kept.problem
    assert kept.rows == []


def test_a_project_manager_uploads_nothing(agreement):
    person = actor_of(agreement.customer, Role.PROJECT_MANAGER)

    with pytest.raises(Refused, match="Benefit admin"):
        upload(person, ",Cloud,5,DE,,,")


def test_the_same_rows_again_are_asked_about(owner, kind, client):
    rows = ",Cloud,3,DE,A,,", ",Cloud,5,DE,B,,"
    confirm(owner, upload(owner, *rows))
    again = upload(owner, ",cloud,5.0,DE,B,,".replace("5.0", "5"), rows[0])

    with pytest.raises(Refused, match="imported before"):
        confirm(owner, again)
    assert Voucher.objects.count() == 2
    with acting(owner):
        voucher_imports.TABLES.confirm(again, by=owner, is_again=True)
    assert Voucher.objects.count() == 4


def test_other_rows_are_not_asked_about(owner, kind):
    confirm(owner, upload(owner, ",Cloud,3,DE,A,,"))
    confirm(owner, upload(owner, ",Cloud,3,DE,B,,"))

    assert Voucher.objects.count() == 2


def test_an_imported_table_shows_its_result_and_offers_no_more(owner, kind, client):
    client.force_login(owner.person)
    first = upload(owner, ",Cloud,3,DE,A,,")
    page = reverse(
        "vouchers:import_preview", args=[owner.organization.slug, first.ticket]
    )
    assert "Create 1 voucher" in client.get(page).text
    client.post(page)

    answer = client.get(page).text

    assert "It made 1 voucher" in answer
    assert "Create 1 voucher" not in answer
    second = upload(owner, ",Cloud,3,DE,A,,")
    page = page.replace(str(first.ticket), str(second.ticket))
    assert "Make these vouchers once more" in client.get(page).text
    client.post(page)
    assert Voucher.objects.count() == 1
    client.post(page, {"again": "on"})
    assert Voucher.objects.count() == 2


@pytest.mark.parametrize("write", [exports.VOUCHERS.as_csv, exports.VOUCHERS.as_xlsx])
def test_our_own_export_is_read(owner, kind, write):
    manager = actor_of(owner.organization, Role.PROJECT_MANAGER).person
    partner = eligible_partner(kind)
    confirm(owner, upload(owner, f",Cloud,5,DE,One,{manager.email},{partner.slug}"))
    with acting(owner):
        exported = b"".join(write(Voucher.objects.all(), owner))
    kept = upload_file(owner, exported)
    [line] = check(owner, kept)

    assert line.problem == ""
    spec = line.checked_spec
    assert (spec.days, spec.country, spec.label) == (5, "DE", "One")
    assert (spec.to.project_manager, spec.to.partner) == (manager, partner)
    assert kept.passed_over == [
        *("Number", "Offering", "State", "Customer", "Created", "Last day"),
        "Redeemed",
    ]


def test_a_name_that_two_people_have_is_asked_about(owner, kind):
    for _person in range(2):
        person = actor_of(owner.organization, Role.PROJECT_MANAGER).person
        person.name = "Alex Doe"
        person.save()

    assert problem(owner, ",Cloud,5,DE,,ALEX DOE,") == (
        "Project manager: Several people have this name: write the e-mail address."
    )


def test_a_title_and_columns_of_others_are_passed_over_and_named(owner, kind, client):
    head = f"Budget 2026\n\n{HEAD},Colour"
    kept = upload(owner, ",Cloud,5,DE,,,,red", head=head)
    client.force_login(owner.person)
    page = reverse(
        "vouchers:import_preview", args=[owner.organization.slug, kept.ticket]
    )

    answer = client.get(page).text

    assert "not known and are passed over: Colour." in answer
    assert "Create 1 voucher" in answer


def test_cells_are_read_as_they_are_meant(owner, kind):
    rows = ",Cloud,３,USA,,,", ",Cloud,3.0,UK,,,", ',ＣＬＯＵＤ,"3,0",Türkiye,,,'

    assert [line.problem for line in judged(owner, *rows)] == ["", "", ""]


def test_headings_may_be_in_the_other_language(owner, kind):
    with override("zh-hant"):
        head = ",".join(voucher_imports.TABLES.headings())

    assert not judged(owner, ",Cloud,3,DE,,,", head=head)[0].wrong
