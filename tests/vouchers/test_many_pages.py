"""Pages for many vouchers: a table of them, and actions on those that were chosen."""

import io

import pytest
from django.urls import reverse

from portal.models import Email
from portal.roles import Role
from portal.spreadsheets.columns import Column, Unreadable
from portal.spreadsheets.reading import read_table
from tests.factories.enrollment import EngagementTypeFactory, eligible_partner
from tests.factories.portal import actor_of
from tests.factories.vouchers import (
    CustomerAgreementFactory,
    VoucherFactory,
    VoucherImportFactory,
    owner_of,
)
from tests.uploads import read_all
from tests.vouchers.actions import accounts, recorded
from vouchers.models import State, Voucher, VoucherImport
from vouchers.services import voucher_imports

pytestmark = pytest.mark.django_db
HEAD = "Engagement type,Days,Country of delivery,Label"


@pytest.fixture
def agreement():
    return CustomerAgreementFactory(days=50)


@pytest.fixture
def owner(agreement):
    return actor_of(agreement.customer, Role.BENEFIT_ADMIN)


@pytest.fixture
def desk(as_person, owner):
    return as_person(owner.person)


@pytest.fixture
def kind(agreement):
    return EngagementTypeFactory(
        offering__program=agreement.program, lengths=[3, 5], name="Cloud"
    )


@pytest.fixture
def url_of(owner):
    """Return the address of a page of the owner's company."""

    def address(name, *args, **query):
        slug = owner.organization.slug
        return reverse(f"vouchers:{name}", args=[slug, *args], query=query)

    return address


def upload(desk, url_of, *rows, head=HEAD):
    file = io.BytesIO("\n".join([head, *rows]).encode())
    file.name = "vouchers.csv"
    answer = desk.post(url_of("import"), {"file": file})
    read_all()
    return answer


def test_a_table_is_looked_at_and_then_made(desk, url_of, agreement, kind):
    preview = upload(desk, url_of, "Cloud,5,DE,One", "Cloud,3,AT,Two").url
    looked = desk.get(preview)
    assert "2 vouchers will be created" in looked.text
    assert not Voucher.objects.exists()

    first, second = (desk.post(preview) for _press in range(2))

    assert first.url == second.url == url_of("index")
    assert Voucher.objects.count() == 2
    assert accounts(agreement) == (42, 8, 0, 0, 0)


def test_mistakes_are_shown_by_row_and_column_and_nothing_is_made(desk, url_of, kind):
    preview = upload(desk, url_of, "Cloud,5,DE,Good", "Cloud,4,DE,Bad").url

    looked = desk.get(preview)

    assert "1 row has mistakes" in looked.text
    assert "“Cloud” comes in these lengths: 3, 5 days." in looked.text
    assert [line.number for line in looked.context["checked"].wrong] == [3]
    refused = desk.post(preview)
    assert "Nothing was imported: one row has a mistake." in refused.text
    assert not Voucher.objects.exists()


def test_rows_with_mistakes_can_be_taken_away(desk, url_of, kind):
    preview = upload(desk, url_of, "Cloud,5,DE,Good", "Cloud,4,DE,=Bad").url
    ticket = VoucherImport.objects.get().ticket

    file = desk.post(url_of("import_failed", ticket), {"wrong": "3"})

    text = file.getvalue().decode("utf-8-sig")
    assert preview.endswith(f"{ticket}/")
    assert "Good" not in text
    assert "comes in these lengths" in text
    assert ",=Bad" not in text


def test_mended_rows_are_uploaded_beside_the_good_ones(desk, url_of, kind):
    upload(desk, url_of, "Cloud,5,DE,Good", "Cloud,4,DE,Bad")
    preview = mend(desk, url_of, shown_form(desk, url_of), "Cloud,3,DE,Mended")
    desk.post(preview)

    labels = Voucher.objects.order_by("label").values_list("label", flat=True)
    assert list(labels) == ["Good", "Mended"]


def shown_form(desk, url_of):
    """Return what the page of the last upload sends with a file of mended rows."""
    ticket = VoucherImport.objects.latest("pk").ticket
    return desk.get(url_of("import_preview", ticket)).context["form"].initial


def mend(desk, url_of, form, *rows, head=HEAD):
    """Upload mended rows; gives the address of what becomes of them."""
    file = io.BytesIO("\n".join([head, *rows]).encode())
    file.name = "mended.csv"
    answer = desk.post(url_of("import"), {**form, "file": file})
    read_all()
    return answer.url


def labels_of(page):
    """Return the rows of a preview by their labels: the wrong and the right ones."""
    checked = page.context["checked"]
    return [
        [row.values["label"] for row in rows] for rows in (checked.wrong, checked.right)
    ]


def test_a_row_that_became_right_meanwhile_is_replaced_all_the_same(
    desk, url_of, kind, agreement
):
    kind.lengths = [5]
    kind.save()
    upload(desk, url_of, "Cloud,5,DE,A", "Cloud,5,DE,B", "Cloud,3,DE,C")
    form = shown_form(desk, url_of)
    kind.lengths = [3, 5]
    kind.save()

    preview = mend(desk, url_of, form, "Cloud,5,DE,C mended")
    page = desk.get(preview)
    desk.post(preview)

    assert labels_of(page) == [[], ["A", "B", "C mended"]]
    assert [row.number for row in page.context["checked"].rows] == [2, 3, 4]
    assert Voucher.objects.count() == 3


def test_a_row_that_became_wrong_meanwhile_is_shown_again(desk, url_of, kind):
    upload(desk, url_of, "Cloud,5,DE,A", "Cloud,3,DE,B", "Cloud,4,DE,C")
    form = shown_form(desk, url_of)
    kind.lengths = [5]
    kind.save()

    page = desk.get(mend(desk, url_of, form, "Cloud,5,DE,C mended"))

    assert labels_of(page) == [["B"], ["A", "C mended"]]
    page = desk.get(mend(desk, url_of, page.context["form"].initial, "Cloud,5,DE,B2"))
    assert labels_of(page) == [[], ["A", "C mended", "B2"]]
    assert [row.number for row in page.context["checked"].rows] == [2, 4, 5]


def test_the_rows_that_were_shown_are_taken_away_whatever_they_are_now(
    desk, url_of, kind
):
    upload(desk, url_of, "Cloud,3,DE,A", "Cloud,5,DE,B", "Cloud,3,DE,C")
    ticket = VoucherImport.objects.get().ticket
    kind.lengths = [3]
    kind.save()

    address = url_of("import_failed", ticket)
    text = desk.post(address, {"wrong": "4"}).getvalue().decode("utf-8-sig")

    assert [line.split(",")[4] for line in text.splitlines()[1:]] == ["C"]
    assert desk.post(address, {"wrong": "x"}).status_code == 404


def test_good_rows_stay_when_the_mended_table_comes_back(desk, url_of, kind):
    upload(desk, url_of, "Cloud,5,DE,A", "Cloud,4,DE,C")
    form = shown_form(desk, url_of)
    none = desk.post(url_of("import"), form).context["form"]
    assert [none["beside"].value(), none["wrong"].value()] == [
        str(form["beside"]),
        "3",
    ]
    unreadable = desk.get(mend(desk, url_of, form, "red", head="Colour"))

    again = {"beside": unreadable.context["form"]["beside"].value(), "wrong": ""}
    page = desk.get(mend(desk, url_of, again, "Cloud,5,DE,C mended"))

    assert labels_of(page) == [[], ["A", "C mended"]]


def test_nothing_is_uploaded_beside_what_is_not_ones_own(desk, url_of, kind):
    foreign = VoucherImportFactory()
    for ticket, status in ((foreign.ticket, 404), ("none", 200)):
        file = io.BytesIO(f"{HEAD}\nCloud,3,DE,Mine".encode())
        file.name = "mine.csv"
        response = desk.post(url_of("import"), {"file": file, "beside": ticket})
        assert response.status_code == status
    assert VoucherImport.objects.get() == foreign


def test_what_is_no_table_is_told_beside_the_field(desk, url_of):
    response = desk.get(upload(desk, url_of, "x", head="Colour").url)

    (sentence,) = response.context["form"].errors["file"]
    assert "These columns are not known: Colour" in sentence
    assert f'action="{url_of("import")}"' in response.text


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_template_has_the_headings_that_we_read(desk, url_of, form):
    response = desk.get(url_of("import_template", form=form))
    content = b"".join(response.streaming_content)

    assert f".{form}" in response["Content-Disposition"]
    with pytest.raises(Unreadable, match="no rows"):
        list(read_table(io.BytesIO(content), voucher_imports.TABLES.all_columns).rows)
    with pytest.raises(Unreadable, match="not known"):
        list(read_table(io.BytesIO(content), [Column("budget", "Budget")]).rows)


def test_only_who_uploaded_a_table_confirms_it(desk, url_of, owner, as_person):
    colleague = actor_of(owner.organization, Role.BENEFIT_ADMIN)
    kept = VoucherImportFactory(
        organization=owner.organization, made_by=colleague.person
    )

    for method in (desk.get, desk.post):
        assert method(url_of("import_preview", kept.ticket)).status_code == 404


def made(agreement, owner, **fields):
    return VoucherFactory(agreement=agreement, admin=owner.person, **fields)


def test_chosen_vouchers_are_cancelled_and_the_rest_is_named(
    desk, url_of, agreement, owner
):
    able = [made(agreement, owner) for _number in range(2)]
    reserved = made(agreement, owner, reserved=True)
    numbers = [each.number for each in [*able, reserved]]

    looked = desk.get(url_of("cancel_many", number=numbers))

    assert {each.number for each in looked.context["able"]} == set(numbers[:2])
    assert looked.context["refused"] == [
        (reserved, "This cannot be done while the voucher is reserved.")
    ]
    desk.post(url_of("cancel_many"), {"number": numbers[:2]})
    assert Voucher.objects.filter(state=State.CANCELLED).count() == 2
    assert accounts(agreement) == (45, 5, 0, 0, 0)


def test_what_changed_meanwhile_stops_all_of_a_confirmed_action(
    desk, url_of, agreement, owner
):
    numbers = [
        made(agreement, owner).number,
        made(agreement, owner, reserved=True).number,
    ]

    response = desk.post(url_of("cancel_many"), {"number": numbers})

    assert "Nothing was changed: one of these vouchers refuses it." in response.text
    assert recorded() == []


def test_chosen_vouchers_are_recalled(desk, url_of, agreement, owner):
    voucher = made(agreement, owner, assigned=True)

    desk.post(url_of("recall_many"), {"number": [voucher.number]})

    assert Voucher.objects.get().state == State.CREATED


def test_chosen_vouchers_are_assigned_to_whom_all_of_them_can_go(
    desk, url_of, agreement, owner
):
    first, second = made(agreement, owner), made(agreement, owner)
    partner = eligible_partner(first.engagement_type)
    numbers = [first.number, second.number]
    looked = desk.get(url_of("assign_many", number=numbers))
    assert not looked.context["form"].fields["partner"].rows_found

    looked = desk.get(url_of("assign_many", number=numbers[:1]))
    assert looked.context["form"].fields["partner"].rows_found == [partner]

    desk.post(
        url_of("assign_many"),
        {"number": numbers, "project_manager": owner.person.pk, "partner": ""},
    )
    assert {each.state for each in Voucher.objects.all()} == {State.ASSIGNED}


def test_chosen_vouchers_are_taken_away_as_a_table(desk, url_of, agreement, owner):
    wanted, other = made(agreement, owner), made(agreement, owner)

    response = desk.get(url_of("download_many", number=[wanted.number]))

    text = b"".join(response.streaming_content).decode()
    assert wanted.number in text
    assert other.number not in text


def test_without_a_choice_the_list_says_so(desk, url_of, agreement, owner):
    made(agreement, owner)

    for name in ("assign_many", "recall_many", "cancel_many", "download_many"):
        response = desk.get(url_of(name), follow=True)
        assert "Choose at least one voucher." in response.text


def test_vouchers_of_others_cannot_be_chosen(desk, url_of):
    foreign = VoucherFactory()

    desk.post(url_of("cancel_many"), {"number": [foreign.number]})

    assert Voucher.objects.get().state == State.CREATED


def test_the_list_lets_owners_choose_and_nobody_else(
    desk, url_of, agreement, owner, as_person
):
    voucher = made(agreement, owner, assigned=True)
    box = f'name="number" value="{voucher.number}"'

    assert box in desk.get(url_of("index")).text
    manager = as_person(voucher.project_manager)
    assert box not in manager.get(url_of("index")).text


def test_who_left_stands_first_and_all_of_theirs_is_handed_over(
    desk, url_of, agreement, owner
):
    here = made(agreement, owner, assigned=True)
    left = made(agreement, owner, assigned=True)
    left.project_manager.memberships.update(is_active=False)

    looked = desk.get(url_of("hand_over"))

    assert looked.context["work"] == [
        (left.project_manager, 1, False),
        (here.project_manager, 1, True),
    ]
    address = url_of("hand_over", person=left.project_manager_id)
    form = desk.get(address).context["form"]
    assert left.project_manager not in form.fields["to"].queryset
    desk.post(address, {"to": here.project_manager_id})
    assert {each.project_manager for each in Voucher.objects.all()} == {
        here.project_manager
    }
    assert Email.objects.get().to == here.project_manager.email


def test_a_person_without_vouchers_here_is_not_found(desk, url_of):
    stranger = VoucherFactory(assigned=True).project_manager

    assert desk.get(url_of("hand_over", person=stranger.pk)).status_code == 404


def test_an_expired_voucher_shows_its_reissue_both_ways(as_person):
    agreement = CustomerAgreementFactory(program__reissue_days=30)
    old = VoucherFactory(agreement=agreement, expired=True)
    owner = owner_of(old)
    desk, slug = as_person(owner.person), owner.organization.slug
    address = reverse("vouchers:reissue", args=[slug, old.number])
    assert address in desk.get(old.url_for(owner.organization)).text
    assert "Reissue the voucher" in desk.get(address).text

    response = desk.post(address)

    new = Voucher.objects.get(reissue_of=old)
    assert response.url == new.url_for(owner.organization)
    assert old.number in desk.get(response.url).text
    shown = desk.get(old.url_for(owner.organization)).text
    assert new.number in shown
    assert address not in shown


def test_a_reissue_that_is_refused_shows_its_findings(as_person):
    old = VoucherFactory(expired=True)
    owner = owner_of(old)
    address = reverse("vouchers:reissue", args=[owner.organization.slug, old.number])
    desk = as_person(owner.person)

    looked = desk.get(address)

    assert "The program reissues no vouchers." in looked.text
    assert "Reissue the voucher" not in looked.text
    assert "The program reissues no vouchers." in desk.post(address).text
    assert Voucher.objects.count() == 1
