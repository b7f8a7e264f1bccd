"""Commands that make a checkout ready, and list the demo's people."""

import os
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from payments.models import Rate
from portal.management.commands.demo_people import align_columns, width
from portal.roles import Role
from portal.tenancy import NOBODY
from tests.conftest import give_second_factor
from tests.factories.portal import MembershipFactory
from tests.walls import enter

PO = """msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "Sign in, please"
msgstr "請登入"
"""


@pytest.fixture
def words(tmp_path, settings):
    source = tmp_path / "zh_Hant" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(PO)
    settings.LOCALE_PATHS = [tmp_path]
    return source


def compiled():
    said = StringIO()
    call_command("compile_words", stdout=said)
    return said.getvalue()


def test_words_are_compiled_when_they_changed(words):
    assert compiled() == "Compiled zh_Hant/LC_MESSAGES/django.po.\n"
    assert compiled() == ""

    os.utime(words, (2**32, 2**32))

    assert compiled() != ""


def test_compiled_words_can_be_spoken(words):
    compiled()
    translation.trans_real._translations.pop("zh-hant", None)

    with translation.override("zh-hant"):
        assert translation.gettext("Sign in, please") == "請登入"
    translation.trans_real._translations.pop("zh-hant", None)


def test_a_checkout_without_words_is_fine(tmp_path, settings):
    settings.LOCALE_PATHS = [tmp_path]

    assert compiled() == ""


@pytest.mark.django_db
def test_the_demos_people_are_listed_with_their_second_factor(settings, partner):
    settings.DEMO = True
    clerk = MembershipFactory(
        organization=partner, person__email="fin@demo.example", roles=[Role.FINANCE]
    )
    MembershipFactory(organization=partner, person__email="ada@demo.example")
    give_second_factor(clerk.person)
    listed = StringIO()

    call_command("demo_people", stdout=listed)

    title, finance, admin = listed.getvalue().splitlines()
    assert title.split("  ")[0] == "Organization"
    assert finance.endswith(f"codes at {settings.ORIGIN}/demo/")
    assert admin.endswith("–")


def test_people_are_listed_only_in_a_demo():
    with pytest.raises(CommandError, match="not a demo"):
        call_command("demo_people")


def test_columns_stand_straight_in_chinese_too():
    lines = align_columns([("測試", "a"), ("ab", "b")])

    assert [width(line) for line in lines] == [7, 7]


LOADERS = [
    "mend_zones",
    "load_catalogue",
    "load_places",
    "load_rates",
    "load_accrual",
    "fill_directory",
]


@pytest.mark.django_db
def test_the_portals_own_login_loads_what_is_shipped():
    """No page may write these tables, and nothing else runs before the first page."""
    enter(NOBODY)
    for _time in range(2):
        for loader in LOADERS:
            call_command(loader, stdout=StringIO())
    assert Rate.objects.exists()
