"""What the operators would change in a source file: right there, and nowhere else."""

import ast

import pytest

from tests.mutants.operators import EACH_TIME, NEVER_AGAIN, mistakes_in, sources


def planted(source, operator):
    """Return the changed last lines that an operator makes of a function's body."""
    body = "".join(f"    {line}\n" for line in source.splitlines())
    text = f'"""Zuerst ein ü."""\n\n\ndef run(voucher, by) -> bool:\n{body}'.encode()
    found = [each for each in mistakes_in(text, "x.py") if each.operator == operator]
    changed = [each.planted_in(text).decode() for each in found]
    assert all(ast.parse(each) for each in changed)
    return [
        "\n".join(line[4:] for line in each.splitlines()[4:]).rstrip()
        for each in changed
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = a < b", ["x = a <= b"]),
        ("x = a >= b", ["x = a > b"]),
        ("x = '…' + a < (b)", ["x = '…' + a <= (b)"]),
        ("x = a <= b < c", ["x = a < b < c", "x = a <= b <= c"]),
        ("rows.filter(day__lte=day)", ["rows.filter(day__lt=day)"]),
        ("rows.filter(day__gt=day, n=1)", ["rows.filter(day__gte=day, n=1)"]),
        ("x = a == b", []),
        ("rows.filter(lt=1)", []),
    ],
)
def test_a_boundary_is_moved_by_one(before, after):
    assert planted(before, "boundary") == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ensure_open(voucher)", ["pass"]),
        ("rules.ensure_open(\n    voucher,\n)", ["pass"]),
        ("_refuse_mixture(chosen)", ["pass"]),
        ("by.must_be(Role.FINANCE)", ["pass"]),
        ("raise Refused(_('No.'))", ["pass"]),
        ("raise RecordChanged(before, after)", ["pass"]),
        ("raise ValueError", []),
        ("reserve(voucher)", []),
        ("x = [check_a(), *check_b()]", ["x = [*check_b()]", "x = [check_a(), ]"]),
        ("x = [check_a()]", []),
    ],
)
def test_a_check_is_left_out(before, after):
    assert planted(before, "dropped check") == after


def test_each_guard_of_a_move_is_left_out():
    source = (
        b"class Life:\n    @move(source=1, conditions=[a, b])\n    def go(self): 1\n"
    )

    found = [each.planted_in(source).decode() for each in mistakes_in(source, "x.py")]

    assert ["conditions=[b]" in found[0], "conditions=[a, ]" in found[1]] == [True] * 2
    assert len(found) == 2


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1 if a else 2", ["x = 1 if (not (a)) else 2"]),
        ("if not a: pass", ["if (a): pass"]),
        ("x = [e for e in b if e]", ["x = [e for e in b if (not (e))]"]),
        ("return a or b", ["return (not (a or b))"]),
        ("return True", []),
        ("Finding(holds=a == b)", ["Finding(holds=(not (a == b)))"]),
    ],
)
def test_a_condition_is_negated(before, after):
    assert planted(before, "negated condition") == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("queue('x', to=v.customer.admin)", ["v.partner.admin", "project_manager"]),
        ("record('x', v, by=by, parties=[v.partner_id])", ["parties=[v.customer_id]"]),
        ("people_with(p, Role.FINANCE)", ["other in Role if other != Role.FINANCE"]),
        ("queue('x', key=v.partner.pk)", []),
        ("save(v.customer)", []),
    ],
)
def test_somebody_else_is_told(before, after):
    found = planted(before, "wrong recipient")

    assert len(found) == len(after)
    assert all(words in text for words, text in zip(after, found, strict=True))


def test_a_mail_is_written_once_for_all_or_each_time():
    assert planted("queue('x', to=v, key=f'{v}:1')", "missing key") == [
        f"queue('x', to=v, key={NEVER_AGAIN})",
        f"queue('x', to=v, key={EACH_TIME})",
    ]
    assert planted("sorted(v, key=str)", "missing key") == []


def test_a_lock_is_skipped_and_its_rows_are_read_all_the_same():
    [block] = planted("with lock_row(v) as current: pass", "skipped lock")
    [rows] = planted("x = V.objects.select_for_update(no_key=True)", "skipped lock")

    assert block.endswith(".unlocked(lock_row)(v) as current: pass")
    assert rows == "x = V.objects.all()"


def test_alike_mistakes_of_one_function_have_keys_of_their_own():
    source = b"def run(a, b):\n    a < b\n    a < b\n"
    moved = b"# a line\n" + source

    keys = [each.key for each in mistakes_in(source, "x.py")]

    assert len(set(keys)) == 2
    assert [each.key for each in mistakes_in(moved, "x.py")] == keys


def test_only_layers_with_rules_are_changed(tmp_path):
    for name in ("services/a.py", "eligibility/rules/b.py", "models.py", "views/c.py"):
        path = tmp_path / "app" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    names = [path.name for path in sources(tmp_path, ["app"])]

    assert names == ["b.py", "models.py", "a.py"]
