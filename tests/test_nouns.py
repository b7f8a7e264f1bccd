"""Names: one noun has one name in each layer, and no class name stands twice."""

import ast
import re
from collections import defaultdict
from importlib import import_module
from pathlib import Path

import pytest

from portal.management.commands.show_nouns import TECHNICAL, groups_by_noun

ROOT = Path(__file__).resolve().parent.parent
APPS = ["portal", "enrollment", "vouchers", "engagements", "payments"]
LAYERS = ["models", "services", "presentation", "forms", "views", "admin", "api"]
# Django finds these by their name.
NAMED_BY_DJANGO = {"Command", "Migration"}


def nouns_of(app, heading="Nouns"):
    text = " ".join((import_module(app).__doc__ or "").split())
    listed = re.search(rf"{heading}: ([\w, ]+)\.", text)
    return {noun.strip() for noun in listed.group(1).split(",")} if listed else set()


def sources():
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


@pytest.mark.parametrize("app", APPS)
def test_every_file_of_a_layer_bears_a_noun_of_its_app(app):
    known = nouns_of(app) | TECHNICAL
    files = {
        str(path.relative_to(ROOT)): path.stem.removesuffix("_sql")
        for layer in LAYERS
        for path in (ROOT / app / layer).glob("*.py")
    }

    assert {path: noun for path, noun in files.items() if noun not in known} == {}


def test_every_file_of_eligibility_bears_one_of_its_nouns():
    known = nouns_of("enrollment", "Nouns of ``eligibility``")
    files = {path.stem for path in (ROOT / "enrollment/eligibility").rglob("*.py")}

    assert files - known - {"__init__"} == set()


@pytest.mark.parametrize("app", ["enrollment", "vouchers"])
def test_four_of_five_nouns_bear_one_name_in_several_layers(app):
    nouns = groups_by_noun(app)
    alone = sorted(noun for noun, groups in nouns.items() if len(groups) == 1)

    assert len(alone) <= len(nouns) / 5, alone


def test_no_class_name_stands_twice():
    places = defaultdict(list)
    for path in sources():
        for statement in ast.parse(path.read_text()).body:
            if isinstance(statement, ast.ClassDef):
                places[statement.name].append(str(path.relative_to(ROOT)))
    twice = {name: at for name, at in places.items() if len(at) > 1}

    assert {n: at for n, at in twice.items() if n not in NAMED_BY_DJANGO} == {}


def is_text(statement):
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def test_no_module_hands_on_what_stands_elsewhere():
    """Callers import the module in which a thing stands; models alone have a door."""
    facades = []
    for path in sources():
        if path.name != "__init__.py" or path.parent.name in {"models", "admin"}:
            continue
        body = [each for each in ast.parse(path.read_text()).body if not is_text(each)]
        if body and all(isinstance(each, ast.ImportFrom | ast.Assign) for each in body):
            facades.append(str(path.relative_to(ROOT)))

    assert set(facades) - {"portal/__init__.py"} == set()  # Celery's application


# Pronouns and participles that leave open what a value is.
EMPTY_WORDS = {
    *("asked", "chosen", "each", "held", "kept", "made", "mine", "ours", "theirs"),
    *("thing", "told", "wanted", "whole"),
}
IRREGULAR_PARTICIPLES = {
    *("begun", "bound", "chosen", "drawn", "due", "found", "frozen", "given", "gone"),
    *("held", "kept", "known", "left", "lost", "made", "paid", "said", "seen", "sent"),
    *("shown", "taken", "told", "written"),
}
VERBS_IN_ED = {"seed"}
# As the rule book calls it: an exception reads as what happened.
NAMED_BY_RULE = {"Refused"}


def is_participle(name):
    word = name.strip("_")
    if not re.fullmatch(r"[A-Z]?[a-z]+", word):
        return False
    word = word.lower()
    ends_so = word.endswith("ed") and word not in VERBS_IN_ED
    return ends_so or word in IRREGULAR_PARTICIPLES


def definitions(tree, parent=""):
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield parent, node
        is_class = isinstance(node, ast.ClassDef)
        yield from definitions(node, node.name if is_class else parent)


def tells_a_state(parent, node):
    """Tell whether Django's manner is an adjective, as of ``.expired()``."""
    if isinstance(node, ast.ClassDef):
        return False
    decorators = " ".join(map(ast.unparse, node.decorator_list))
    return parent.endswith("QuerySet") or "property" in decorators


def test_no_function_and_no_class_is_called_by_a_bare_participle():
    participles = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in sources()
        for parent, node in definitions(ast.parse(path.read_text()))
        if is_participle(node.name) and not tells_a_state(parent, node)
        if node.name not in NAMED_BY_RULE
    ]

    assert participles == []


def test_values_are_called_by_nouns():
    empty = {
        f"{path.relative_to(ROOT)}:{name.lineno}: {word}"
        for path in sources()
        for _parent, node in definitions(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
        for name in ast.walk(node)
        if isinstance(name, ast.arg | ast.Name)
        if (word := name.arg if isinstance(name, ast.arg) else name.id) in EMPTY_WORDS
    }

    assert empty == set()
