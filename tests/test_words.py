"""The Chinese catalogues: every word, translated, with its placeholders."""

import re
from functools import cache
from io import BytesIO
from pathlib import Path

import allauth
import django
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po
from django.conf import settings
from django.contrib import admin
from django.utils.translation.template import templatize

from portal.management.commands.makemessages import as_python, words_of

CATALOGUE = Path("zh_Hant", "LC_MESSAGES", "django.po")
OURS, BORROWED = [Path(folder) / CATALOGUE for folder in settings.LOCALE_PATHS]
LENDERS = [
    Path(allauth.__file__).parent / "locale" / CATALOGUE,
    Path(django.__file__).parent / "conf" / "locale" / CATALOGUE,
    Path(django.__file__).parent / "contrib" / "auth" / "locale" / CATALOGUE,
]
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w+\}|</?\w+")
HALF_WIDTH_SIGN = re.compile(r"[\u4e00-\u9fff）」][,:;?!.()\"]")


@cache
def entries(*catalogues):
    """Read the entries of catalogues, without their headers."""
    found = []
    for catalogue in catalogues:
        with catalogue.open("rb") as words:
            found += [each for each in read_po(words, locale="zh_Hant") if each.id]
    return found


def forms(words):
    return (words,) if isinstance(words, str) else tuple(words)


def known(*catalogues):
    return {(each.context, forms(each.id)[0]) for each in entries(*catalogues)}


def python_sources():
    for app in settings.FIRST_PARTY_APPS:
        for source in (settings.ROOT / app).rglob("*.py"):
            if not {"migrations", "launch"} & set(source.parts):
                yield source.read_text()


def template_sources():
    """Return each template as the Python lines that Django's own extractor sees."""
    for kind in ("*.html", "*.txt"):
        for source in (settings.ROOT / "templates").rglob(kind):
            lines = templatize(source.read_text()).splitlines()
            yield "\n".join(line.lstrip() for line in lines)


def data_sources():
    """Return the words of each data file as the Python lines that gettext sees."""
    for app in settings.FIRST_PARTY_APPS:
        for source in (settings.ROOT / app).glob("*.toml"):
            yield as_python(source)


@cache
def spoken():
    """Collect every text that the code gives to gettext, with its context."""
    return {
        (context, forms(words)[0])
        for source in (*python_sources(), *template_sources(), *data_sources())
        for _, words, _, context in extract(
            "python", BytesIO(source.encode()), KEYWORDS
        )
    }


def test_catalogue_holds_every_word_of_the_code():
    assert spoken() - known(OURS) == set()


def test_data_files_name_their_words():
    tags = words_of(settings.ROOT / "enrollment/tags.toml")
    assert {"Automotive", "1,000 employees and more"} <= set(tags)
    assert "SharePoint" not in tags
    reasons = words_of(settings.ROOT / "portal/shipped.toml")
    assert "Upload a clear file that shows name, level and dates." in reasons
    assert not {"other", "gmail.com", "label"} & set(reasons)
    assert words_of(settings.ROOT / "pyproject.toml") == []


def test_catalogue_holds_no_word_that_the_code_has_lost():
    assert known(OURS) - spoken() == set()


def columns():
    """Return the columns of our tables that the admin shows."""
    return [
        field
        for model in admin.site._registry
        if model._meta.app_label in settings.FIRST_PARTY_APPS
        for field in [*model._meta.fields, *model._meta.many_to_many]
    ]


def test_each_column_that_the_admin_shows_has_a_word():
    words = {str(field.verbose_name) for field in columns()}
    assert words - {words for _, words in known(OURS, *LENDERS)} == {"ID"}


def test_no_column_that_the_admin_shows_is_named_by_django():
    """What Django makes of a field's name stays English."""
    named_by_django = {f.name for f in columns() if isinstance(f.verbose_name, str)}
    assert named_by_django == {"id"}


def test_borrowed_words_are_words_of_a_package():
    assert known(BORROWED) - known(*LENDERS) == set()


def test_borrowed_words_are_not_ours_already():
    assert known(BORROWED) & known(OURS) == set()


def test_every_word_is_translated():
    untold = [
        each.id for each in entries(OURS, BORROWED) if not all(forms(each.string))
    ]
    assert untold == []


def test_no_translation_is_a_guess():
    assert [each.id for each in entries(OURS, BORROWED) if each.fuzzy] == []


def test_translations_keep_their_placeholders():
    changed = [
        each.id
        for each in entries(OURS, BORROWED)
        if set(PLACEHOLDER.findall(forms(each.id)[-1]))
        != set(PLACEHOLDER.findall(forms(each.string)[0]))
    ]
    assert changed == []


def test_chinese_is_written_with_chinese_signs():
    narrow = [
        each.string
        for each in entries(OURS, BORROWED)
        if HALF_WIDTH_SIGN.search(forms(each.string)[0])
    ]
    assert narrow == []
