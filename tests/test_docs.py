"""What the documents say is what the code does."""

import re

from django.conf import settings

from portal.management.commands.draw_states import machines, redrawn

DOCS = settings.ROOT / "docs"
CONCEPTS = (DOCS / "concepts.md").read_text()


def test_the_state_diagrams_are_drawn_from_the_code():
    assert redrawn(CONCEPTS) == CONCEPTS


def test_every_machine_has_its_diagram():
    marks = [f"<!-- states: {model._meta.label} -->" for model in machines()]

    assert [mark for mark in marks if mark not in CONCEPTS] == []


def test_every_setting_of_the_environment_is_documented():
    code = "".join(
        path.read_text() for path in (settings.ROOT / "portal").rglob("*.py")
    )
    used = set(re.findall(r"[\"'](PORTAL_[A-Z_]+)[\"']", code))

    assert (
        used - set(re.findall(r"PORTAL_[A-Z_]+", (DOCS / "operations.md").read_text()))
        == set()
    )


def test_links_between_the_documents_lead_somewhere():
    targets = {
        (page, target)
        for page in DOCS.rglob("*.md")
        for target in re.findall(r"\]\((?!https?:|mailto:)([^)#]+)", page.read_text())
    }

    assert [(p.stem, t) for p, t in targets if not (p.parent / t).exists()] == []
