"""What the documents say is what the code does."""

import re

import pytest
from django.conf import settings

from portal.management.commands.draw_states import machines, redrawn

DOCS = settings.ROOT / "docs"
CONCEPTS = (DOCS / "concepts.md").read_text()


def test_the_state_diagrams_are_drawn_from_the_code():
    assert redrawn(CONCEPTS) == CONCEPTS


@pytest.mark.parametrize("model", machines(), ids=lambda model: model.__name__)
def test_every_machine_has_its_diagram(model):
    assert f"<!-- states: {model._meta.label} -->" in CONCEPTS


def test_every_setting_of_the_environment_is_documented():
    code = "".join(
        path.read_text() for path in (settings.ROOT / "portal").rglob("*.py")
    )
    used = set(re.findall(r"[\"'](PORTAL_[A-Z_]+)[\"']", code))

    assert (
        used - set(re.findall(r"PORTAL_[A-Z_]+", (DOCS / "operations.md").read_text()))
        == set()
    )


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.stem)
def test_links_between_the_documents_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?:|mailto:)([^)#]+)", page.read_text())

    assert [target for target in targets if not (page.parent / target).exists()] == []
