"""Which mistakes are drawn, and how one is shown."""

from tests.mutants.mistakes import Mistake, draw


def made(operator, count):
    return [
        Mistake(operator, "x.py", n, "run", f"a{n}", "b", start=0, end=2)
        for n in range(count)
    ]


def test_the_same_seed_draws_the_same_and_another_seed_others():
    everything = made("boundary", 50)

    first = draw(everything, 1, 10)

    assert draw(reversed(everything), 1, 10) == first
    assert draw(everything, 2, 10) != first


def test_every_operator_has_its_turn():
    everything = made("boundary", 50) + made("trigger", 2)

    drawn = [each.operator for each in draw(everything, 1, 6)]

    assert sorted(drawn) == ["boundary"] * 4 + ["trigger"] * 2


def test_a_change_of_the_code_moves_no_other_mistake_out():
    everything = made("boundary", 50)
    first = draw(everything, 1, 10)

    later = draw([each for each in everything if each != first[0]], 1, 10)

    assert later[:9] == first[1:]


def test_a_mistake_is_shown_as_the_lines_that_it_changes():
    [mistake] = made("boundary", 1)

    assert mistake.diff(b"a0 < 1\nrest") == "@@ -1,2 +1,2 @@\n-a0 < 1\n+b < 1\n rest"
