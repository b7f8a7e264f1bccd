"""Numbers that survive the telephone, and mistakes that are found in their group."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from vouchers.models.numbers import SIGNS, new_number, number_of, read_number

NUMBERS = st.lists(st.integers(0, 31), min_size=9, max_size=9).map(number_of)
PLACES = st.integers(0, 11)
GROUPS = st.integers(0, 2)


def groups_of(plain):
    return [plain[start : start + 4] for start in range(0, 12, 4)]


def sentence_about(*groups):
    names = ", ".join(f"“{group}”" for group in groups)
    return f"Check this part of the voucher number: {names}."


def refusal_of(typed):
    with pytest.raises(ValidationError) as refusal:
        read_number(typed)
    return refusal.value.message


def test_a_new_number_is_three_groups_of_four_that_read_back():
    number = new_number()

    assert read_number(number) == number
    assert [len(group) for group in number.split("-")] == [4, 4, 4]


def test_two_new_numbers_differ():
    assert new_number() != new_number()


@given(NUMBERS, st.sampled_from(["", " ", "-", " – ", "."]))
def test_lower_case_and_any_separator_read_back(number, separator):
    typed = separator.join(number.lower().replace("-", ""))

    assert read_number(f"  {typed}\n") == number


@given(NUMBERS, st.sampled_from("Oo"), st.sampled_from("IiLl"))
def test_letters_that_look_like_digits_read_back(number, zero, one):
    assert read_number(number.replace("0", zero).replace("1", one)) == number


def test_wide_signs_of_an_asian_keyboard_read_back():
    number = number_of(list(range(10, 19)))
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in number)

    assert read_number(wide) == number


@given(NUMBERS, PLACES, st.sampled_from(SIGNS))
def test_one_wrong_sign_is_refused_in_its_group(number, place, sign):
    plain = number.replace("-", "")
    wrong = plain[:place] + sign + plain[place + 1 :]

    if wrong == plain:
        assert read_number(wrong) == number
    else:
        assert refusal_of(wrong) == sentence_about(groups_of(wrong)[place // 4])


@given(NUMBERS, st.integers(0, 10))
def test_swapped_neighbors_are_refused_in_their_groups(number, place):
    plain = list(number.replace("-", ""))
    plain[place], plain[place + 1] = plain[place + 1], plain[place]
    wrong = "".join(plain)
    touched = sorted({place // 4, (place + 1) // 4})

    if plain[place] == plain[place + 1]:
        assert read_number(wrong) == number
    else:
        groups = groups_of(wrong)
        assert refusal_of(wrong) == sentence_about(*(groups[each] for each in touched))


@given(NUMBERS, GROUPS, GROUPS)
def test_swapped_groups_are_always_refused(number, one, other):
    groups = number.split("-")
    groups[one], groups[other] = groups[other], groups[one]

    if one == other:
        assert read_number("".join(groups)) == number
    else:
        first, second = sorted([one, other])
        expected = sentence_about(groups[first], groups[second])
        assert refusal_of("-".join(groups)) == expected


@given(NUMBERS)
def test_a_letter_that_we_never_write_is_refused_in_its_group(number):
    wrong = f"U{number[1:]}"

    assert refusal_of(wrong) == sentence_about(wrong[:4])


@pytest.mark.parametrize("typed", ["", "7K3M", "7K3M-9QXR-2FHC-7K3M"])
def test_a_wrong_length_is_told_with_the_length_found(typed):
    found = len(typed.replace("-", ""))

    assert refusal_of(typed) == (
        f"A voucher number has 12 letters and digits in 3 groups; this one has {found}."
    )


@pytest.mark.parametrize(
    "words",
    [
        "Voucher number: {}",
        "Your voucher {}, valid until May",
        "number {}.",
        "憑證{}",
        "憑證號碼：{}。",
        "<{}>",
        "for 2026 {} 2 days",
    ],
)
def test_a_number_is_found_among_other_words(words):
    for _try in range(20):
        number = new_number()
        for typed in (number, number.lower(), number.replace("-", "\u2013")):
            assert read_number(words.format(typed)) == number


def test_two_numbers_are_not_one():
    with pytest.raises(ValidationError):
        read_number(f"{new_number()} {new_number()}")
