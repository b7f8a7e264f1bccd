"""The Chinese catalogue: every word of ours, translated, with its placeholders."""

import re
from functools import cache
from io import BytesIO

from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation.template import templatize

KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|</?\w+")
HALF_WIDTH_SIGN = re.compile(r"[\u4e00-\u9fff）」][,:;?!.()\"]")


@cache
def catalogue():
    source = settings.ROOT / "locale" / "zh_Hant" / "LC_MESSAGES" / "django.po"
    with source.open("rb") as words:
        return [each for each in read_po(words, locale="zh_Hant") if each.id]


def forms(words):
    return (words,) if isinstance(words, str) else tuple(words)


def python_sources():
    for app in settings.FIRST_PARTY_APPS:
        for source in (settings.ROOT / app).rglob("*.py"):
            if not {"migrations", "launch"} & set(source.parts):
                yield source.read_text()


def template_sources():
    """Give each template as the Python lines that Django's own extractor sees."""
    for kind in ("*.html", "*.txt"):
        for source in (settings.ROOT / "templates").rglob(kind):
            lines = templatize(source.read_text()).splitlines()
            yield "\n".join(line.lstrip() for line in lines)


@cache
def spoken():
    """Collect every text that the code gives to gettext."""
    return {
        forms(words)[0]
        for source in (*python_sources(), *template_sources())
        for _, words, _, _ in extract("python", BytesIO(source.encode()), KEYWORDS)
    }


@cache
def known():
    return {forms(each.id)[0] for each in catalogue()}


def test_catalogue_holds_every_word_of_the_code():
    assert spoken() - known() == set()


def test_catalogue_holds_no_word_that_the_code_has_lost():
    assert known() - spoken() == set()


def test_every_word_is_translated():
    untold = [each.id for each in catalogue() if not all(forms(each.string))]
    assert untold == []


def test_no_translation_is_a_guess():
    assert [each.id for each in catalogue() if each.fuzzy] == []


def test_translations_keep_their_placeholders():
    changed = [
        each.id
        for each in catalogue()
        if set(PLACEHOLDER.findall(forms(each.id)[-1]))
        != set(PLACEHOLDER.findall(forms(each.string)[0]))
    ]
    assert changed == []


def test_chinese_is_written_with_chinese_signs():
    narrow = [
        each.string
        for each in catalogue()
        if HALF_WIDTH_SIGN.search(forms(each.string)[0])
    ]
    assert narrow == []
