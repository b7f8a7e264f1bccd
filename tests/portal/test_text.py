"""Typed text: cleaned where harmless, else refused; one key for what looks alike."""

from itertools import cycle

import pytest
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.urls import URLResolver, get_resolver, reverse
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from portal import text
from portal.models import Organization
from portal.models.organizations import country_choices, country_code
from portal.roles import Role
from tests.conftest import give_second_factor
from tests.factories.portal import PartnerFactory, UserFactory, actor_of

ANY = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("Acme\x0bInc", "Acme Inc"),
        ("Acme\x0cInc", "Acme Inc"),
        ("Acme\x85Inc", "Acme Inc"),
        ("a\u2028b", "a\nb"),
        ("\u202eAcme\u202c", "Acme"),
        ("Ac\u200bme\ufeff", "Acme"),
        ("Zoe\u0308", "Zoë"),
        ("a\tb\r\nc", "a\tb\r\nc"),
        ("👩\u200d🔧", "👩\u200d🔧"),
        ("\ud83d\ude00", "😀"),
        ("𠮷野家", "𠮷野家"),
        ("Ａ", "Ａ"),
    ],
)
def test_what_nobody_meant_to_type_is_dropped(typed, plain):
    assert text.clean(typed) == plain
    assert text.is_possible(plain)


@pytest.mark.parametrize("sign", list("\0\ud83d\ude00\ufffe\uffff"))
def test_what_no_text_can_hold_is_told(sign):
    assert not text.is_possible(text.clean(f"a{sign}b"))
    assert text.one_line(f"a{sign}b") == "a\ufffdb"


@given(ANY)
def test_cleaning_twice_changes_nothing(typed):
    assert text.clean(text.clean(typed)) == text.clean(typed)


@given(ANY)
def test_a_line_is_one_line_that_every_store_takes(typed):
    line = text.one_line(typed)

    assert len(line.splitlines()) <= 1
    assert line.encode().decode() == line
    assert "\0" not in line


@given(ANY)
def test_a_key_has_itself_as_key(typed):
    assert text.key(text.key(typed)) == text.key(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "po-00042",
        "ＰＯ－０００４２",
        "PO–00042",
        "PO—00042",
        "PO\u221200042",
        "PO\u201100042",
        "PO-\u200b00042",
        "\u202aPO-00042\u202c",
        " PO - 00042 ",
        "PO\u00a0-\u300000042",
        "P\u00adO-00042",
    ],
)
def test_what_looks_alike_has_one_key(typed):
    assert text.key(typed) == text.key("PO-00042")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2026-1-11", "2026-11-1"),
        ("PO-00042", "PO-42"),
        ("PO 42", "PO42"),
        ("1.11", "11.1"),
        ("A/1", "A1"),
    ],
)
def test_separators_and_zeros_make_a_difference(one, other):
    assert text.key(one) != text.key(other)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("a/b/report.pdf", "report.pdf"),
        ("C:\\temp\\report.pdf", "report.pdf"),
        ("x" * 201 + ".pdf", "x" * 116 + ".pdf"),
        ("x" * 116 + ".pdf", "x" * 116 + ".pdf"),
        ("x" * 117 + ".pdf", "x" * 116 + ".pdf"),
        ("rep\u202efdp.exe", "repfdp.exe"),
        ("re\x0bport\n.pdf", "re port .pdf"),
        ("no ending " * 20, ("no ending " * 20)[:120]),
    ],
)
def test_a_file_name_is_one_short_line_with_its_ending(name, kept):
    assert text.file_name(name) == kept.strip()


def addresses(resolver, prefix=""):
    """Return the route of every page, parts that vary by their names."""
    for pattern in resolver.url_patterns:
        route = getattr(pattern.pattern, "_route", None)
        if route is None:
            continue
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, prefix + route)
        else:
            yield prefix + route


def filled(route, word):
    parts = [
        part
        if not part.startswith("<")
        else word
        if part[1:4] in {"str", "pat"}
        else "1"
        for part in route.split("/")
    ]
    return "/" + "/".join(parts)


def routes_of_one():
    routes = addresses(get_resolver())
    return [route.replace("<slug:organization>", "one") for route in routes]


@pytest.fixture
def visitor(client):
    actor = actor_of(PartnerFactory(slug="one"), Role.PARTNER_ADMIN)
    client.force_login(actor.person)
    return client


NO_TEXT = ["%00", "a%00b", "%EF%BF%BE"]
# A lone half of a sign is decoded as the sign of a broken one.
BROKEN_TEXT = "%ED%A0%BD"


@pytest.mark.django_db
@pytest.mark.parametrize("word", [*NO_TEXT, BROKEN_TEXT])
def test_an_address_that_no_text_can_be_is_never_a_fault(visitor, word):
    pages = [filled(route, word) for route in routes_of_one()]
    texts = [address for address in pages if word in address]
    assert len(texts) > 10

    for address in texts:
        assert visitor.get(address).status_code < 500, address


@pytest.mark.django_db
def test_a_query_that_no_text_can_be_is_refused_everywhere(visitor):
    routes = routes_of_one()
    assert len(routes) > 100

    for route, word in zip(routes, cycle(NO_TEXT), strict=False):
        address = f"{filled(route, 'a')}?next={word}&days={word}"
        assert visitor.get(address).status_code in {404, 405}, address


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Acme\u202e Ltd\u200b", "Acme Ltd"),
        ("Acme\x0bLtd", "Acme Ltd"),
        ("Acme\0Ltd", None),
        ("Acme\ufffeLtd", None),
    ],
)
def test_what_is_typed_in_a_form_goes_through_the_door(client, typed, name):
    client.force_login(actor_of(PartnerFactory(name="One"), Role.PARTNER_ADMIN).person)
    answer = client.post(
        reverse("register"),
        {
            "name": typed,
            "time_zone": "Europe/Berlin",
            "location_name": "Head office",
            "country": "DE",
            "street": "A 1",
            "city": "Bonn",
            "postal_code": "53111",
        },
    )

    found = Organization.objects.filter(name__startswith="Acme").values_list("name")
    if name:
        assert [each for (each,) in found] == [name], answer.text
    else:
        assert not found
        assert "Null characters are not allowed." in answer.text


def wide(code):
    return code.translate({ord(digit): 0xFEE0 + ord(digit) for digit in "0123456789"})


def spaced(code):
    return f" {code[:3]} {code[3:]}\u00a0"


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", ["Afghanistan", "Åland Islands", "Albania", "Zimbabwe"]),
        ("zh-hant", ["丹麥", "日本", "台灣", "美國"]),
    ],
)
def test_countries_stand_in_the_order_of_the_readers_language(language, names):
    with override(language):
        listed = [str(name) for _code, name in country_choices()]

    assert [name for name in listed if name in names] == names


@pytest.mark.django_db
@pytest.mark.parametrize("write", [str, wide, spaced])
def test_a_code_of_the_authenticator_is_read_in_whatever_width(client, write):
    person = UserFactory()
    secret = give_second_factor(person).data["secret"]
    client.post(
        reverse("account_login"), {"login": person.email, "password": "pass-phrase"}
    )
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    answer = client.post(reverse("mfa_authenticate"), {"code": write(code)})

    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(person.pk)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("3", 3),
        ("３", 3),
        ("3.0", 3),
        ("3,0", 3),
        (" 3 ", 3),
        ("1,900", 1900),
        ("1 900", 1900),
        ("1\u00a0900", 1900),
        ("1’900", 1900),
        ("1.900.000", 1900000),
        ("0", 0),
        ("3.5", None),
        ("1.900", None),
        ("1,90", None),
        ("-3", None),
        ("three", None),
        ("", None),
        ("9" * 12, None),
    ],
)
def test_a_whole_number_is_read_as_people_write_it(typed, number):
    assert text.whole_number(typed) == number


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("USA", "US"),
        ("u.s.a.", "US"),
        ("UK", "GB"),
        ("Hong Kong", "HK"),
        ("Macau", "MO"),
        ("Türkiye", "TR"),
        ("Turkey", "TR"),
        ("turkiye", "TR"),
        ("ＤＥ", "DE"),
        ("德國", "DE"),
        ("臺灣", "TW"),
        ("Cote d'Ivoire", None),
        ("Atlantis", None),
    ],
)
def test_a_country_is_read_as_people_write_it(typed, code):
    assert country_code(typed) == code


def test_each_country_is_known_by_its_names_and_its_letters():
    for language in ("en", "zh-hant"):
        with override(language):
            for code, name in country_choices():
                assert country_code(str(name)) == country_code(code) == code
