"""Promises that no linter can check."""

import ast
import inspect
import re
from functools import cache
from importlib import import_module

from celery import current_app
from django.apps import apps
from django.conf import settings
from django.utils.module_loading import import_string

from portal.beat import REMINDERS
from portal.navigation import MENU, address
from portal.reminders import Reminder
from portal.roles import Side
from portal.tenancy import TenantQuerySet

ROOT = settings.ROOT
# Models whose rows are no organization's in particular, each with the reason.
SHARED = {
    "Acquaintance": "read by the database's policies only",
    "Competency": "the catalogue",
    "CompetencyExam": "the catalogue",
    "ConversionRule": "the catalogue",
    "DayScale": "the catalogue",
    "Email": "written by all, read by the sponsor's workers",
    "EngagementType": "the catalogue",
    "Exam": "the catalogue",
    "LicensedProduct": "the catalogue",
    "Offering": "the catalogue",
    "Place": "cities of the world",
    "PointRule": "the catalogue",
    "PolicyException": "what the sponsor granted to a whole program",
    "Program": "the catalogue",
    "ProgramAgreement": "a text that every partner signs",
    "ProgramRequirement": "the catalogue",
    "PublicMailDomain": "domains that prove no company",
    "Qualification": "the catalogue",
    "Rate": "the catalogue",
    "RetirementLetter": "how a program ends",
    "RetirementPlan": "how a program ends",
    "Reason": "words that reviewers choose from",
    "CacheEntry": "attempts that are counted while Redis does not answer",
    "SecondFactorRecovery": "a person's own, wherever one works",
    "SealedBody": "written by all, read by the worker that mails",
    "Tag": "the catalogue",
    "User": "a person may be in several organizations",
}
# Where all rows are opened, and for whom.
OPENS_ALL_ROWS = {
    "enrollment/services/catalogue.py": {
        "load_catalogue": "whoever updates the portal"
    },
    "enrollment/services/agreements.py": {"notify_of_versions": "the clock"},
    "enrollment/services/directory.py": {
        "fill_directory": "whoever updates the portal",
        "refresh_what_ended": "the clock",
        "_judge": "the clock",
    },
    "enrollment/services/enquiries.py": {"close_enquiry": "the clock"},
    "enrollment/services/renewals.py": {
        "_in_batches": "the clock",
        "_lock_free": "the clock",
        "_open_windows": "the clock",
        "_end": "the clock",
    },
    "enrollment/tasks.py": "the clock",
    "payments/demo/seed.py": "the demo's rows",
    "payments/services/rates.py": {"load_rates": "whoever updates the portal"},
    "payments/tasks.py": "the clock",
    "portal/db.py": {"begin_attempt": "the worker", "unheard_keys": "the clock"},
    "portal/management/commands/demo_people.py": "the demo's people",
    "portal/places/__init__.py": {
        "load_cities": "whoever updates the portal",
        "locate_all": "whoever updates the portal",
    },
    "portal/services/organizations.py": {"mend_zones": "the clock"},
    "portal/services/second_factors.py": {
        "remove_lost": "the clock",
        "_finish": "the clock",
    },
    "portal/services/people.py": {"add_staff": "whoever runs the portal"},
    "portal/reminders.py": "the clock",
    "portal/services/table_exports.py": "the worker and the clock",
    "portal/services/table_imports.py": "the worker and the clock",
    "portal/services/temporary_files.py": "the clock",
    "portal/spreadsheets/downloads.py": {
        "rows_of": "the sponsor's tables, as they go out"
    },
    "portal/tasks.py": "the clock",
    "portal/tenancy.py": "defined here",
    "vouchers/services/accrual.py": {"load_accrual": "whoever updates the portal"},
    "vouchers/services/extensions.py": {
        "extend_by_sponsor": "the sponsor",
        "apply_exceptions": "the clock",
        "apply_exception": "the clock",
        "_extend": "the clock",
    },
    "vouchers/services/ledger.py": {
        "expire_free_days": "the clock",
        "empty": "the clock",
    },
    "vouchers/services/nightly.py": "the clock",
    "vouchers/services/outlook.py": {
        "foresee_all": "the clock",
        "_foresee": "the clock",
    },
    "vouchers/services/reservations.py": {"release_silent": "the sponsor"},
    "vouchers/services/suspension.py": {
        "suspend": "the sponsor",
        "reactivate": "the sponsor",
    },
}
PYTHON = sorted(
    path
    for app in settings.FIRST_PARTY_APPS
    for path in (ROOT / app).rglob("*.py")
    if "migrations" not in path.parts
)
VIEWS = sorted([*ROOT.glob("*/views.py"), *ROOT.glob("*/views/*.py")])
TEMPLATES = sorted(
    path
    for ending in ["html", "txt"]
    for path in (ROOT / "templates").rglob(f"*.{ending}")
)
OF_ITS_OWN = re.compile(r"<style|<script(?![^>]* src=)|\s(style|on\w+)=")


def name_of(path):
    return str(path.relative_to(ROOT))


def our_models():
    return [
        model
        for app in settings.FIRST_PARTY_APPS
        for model in apps.get_app_config(app).get_models()
        if not model._meta.auto_created
    ]


def our_tasks():
    current_app.loader.import_default_modules()
    return [
        task
        for name, task in sorted(current_app.tasks.items())
        if name.partition(".")[0] in settings.FIRST_PARTY_APPS
    ]


def test_every_model_is_cut_by_tenant_or_shared_on_purpose():
    uncut = {
        model.__name__
        for model in our_models()
        if not isinstance(model._default_manager.all(), TenantQuerySet)
    }

    assert uncut ^ (set(SHARED) & {model.__name__ for model in our_models()}) == set()


def test_every_shared_model_exists():
    assert set(SHARED) <= {model.__name__ for model in our_models()}


def test_views_read_rows_only_through_visible_to():
    tenant = {model.__name__ for model in our_models()} - set(SHARED)
    reads = [
        (name_of(path), node)
        for path in VIEWS
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "objects"
        and ast.unparse(node.value.value) in tenant
    ]

    assert [(p, ast.unparse(r)) for p, r in reads if r.attr != "visible_to"] == []


@cache
def parsed(path):
    return ast.parse(path.read_text())


def names_in(path):
    nodes = ast.walk(parsed(path))
    return {node.id for node in nodes if isinstance(node, ast.Name)}


def functions_that_name(path, name):
    """List the functions and classes of a file that use a name."""
    return {
        getattr(statement, "name", "")
        for statement in parsed(path).body
        if not isinstance(statement, ast.Import | ast.ImportFrom)
        and any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(statement))
    }


def test_all_rows_are_opened_by_the_clock_and_for_the_sponsor_alone():
    opening = {}
    for path in PYTHON:
        names = functions_that_name(path, "acting_for_all")
        if names:
            listed = OPENS_ALL_ROWS.get(name_of(path), {})
            is_whole_file = isinstance(listed, str)
            opening[name_of(path)] = set() if is_whole_file else names ^ set(listed)

    assert {path: names for path, names in opening.items() if names} == {}
    assert set(opening) == set(OPENS_ALL_ROWS)


def test_all_rows_are_opened_in_requests_by_the_admin_and_the_demo_alone():
    opening = {name_of(p) for p in PYTHON if "rows_of_everybody" in names_in(p)}

    assert opening == {"portal/admin_site.py", "portal/demo.py"}


def test_actors_have_types():
    untyped = re.compile(
        r"\b(by|actor|viewer): Any\b"
        r"|assert (by|actor|owner)\.(person|organization)(_id)? is not None"
    )

    assert [name_of(p) for p in PYTHON if untyped.search(p.read_text())] == []


def test_every_task_says_why_it_may_run_twice():
    words = {task.name: task.run.__doc__ or "" for task in our_tasks()}

    assert [n for n, text in words.items() if "Safe to run twice" not in text] == []


def test_the_clock_calls_tasks_that_exist():
    called = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert called - {task.name for task in our_tasks()} == set()


def test_every_reminder_that_is_declared_stands_in_the_calendar():
    modules = [name_of(p).removesuffix(".py").replace("/", ".") for p in PYTHON]
    declared = {
        f"{module}.{name}"
        for module in modules
        if ".services." in module
        for name, value in vars(import_module(module)).items()
        if isinstance(value, Reminder)
    }

    assert declared == set(REMINDERS)


WRITES_AN_ENTRY = re.compile(
    r"(INSERT INTO|COPY|UPDATE|DELETE FROM|MERGE INTO)\s+\"?"
    r"(portal_auditentry|vouchers_ledgerentry)"
    r"|(?<!class )(AuditEntry|LedgerEntry)\("
    r"|(AuditEntry|LedgerEntry)\.objects\.\w*create\w*\(",
    re.IGNORECASE,
)


def test_entries_of_audit_and_ledger_are_written_in_one_place_each():
    """Their columns stand there once, so that no writer forgets one."""
    writing = {name_of(p) for p in PYTHON if WRITES_AN_ENTRY.search(p.read_text())}

    assert writing == {
        "portal/audit.py",
        "portal/audit_sql.py",
        "vouchers/services/ledger.py",
        "vouchers/services/ledger_sql.py",
    }


def test_waiting_lists_exist_and_ask_for_an_actor_and_what_others_asked():
    for name in settings.WAITING_LISTS:
        assert len(inspect.signature(import_string(name)).parameters) == 2, name


def test_every_line_of_the_menu_leads_to_a_page():
    for kind in (Side.PARTNER, Side.CUSTOMER):
        for _title, name in MENU[kind]:
            assert address(name, "organization")


def longer_than(lines, paths):
    return [name_of(p) for p in paths if len(p.read_text().splitlines()) > lines]


def test_no_file_outgrows_a_few_screens():
    assert longer_than(500, PYTHON) == []


def test_no_template_outgrows_a_screen():
    assert longer_than(100, TEMPLATES) == []


def test_templates_carry_no_script_or_style_of_their_own():
    texts = {name_of(path): path.read_text() for path in TEMPLATES}

    # What is handed to a printer is no page: it brings its style along.
    pages = {name: text for name, text in texts.items() if "@page" not in text}
    assert [name for name, text in pages.items() if OF_ITS_OWN.search(text)] == []


def test_nothing_is_left_to_do():
    texts = {name_of(path): path.read_text() for path in [*PYTHON, *TEMPLATES]}

    assert [name for name, text in texts.items() if "TODO" in text] == []
