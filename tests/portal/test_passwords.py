"""Passwords: long, and not what everybody tries first; no rule of composition."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from portal.models import User

ADA = User(name="Ada Brightstone", email="ada.bright@nordlicht.example")


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaa",
        "ＡＡＡＡＡＡＡＡＡＡＡＡ",
        "abababababab",
        "abcabcabcabc",
        "hellohellohello",
        "123456789012",
        "098765432109",
        "abcdefghijkl",
        "qwertyuiopas",
        "asdfghjklasdfghjkl",
        "password1234",
        "Password-1234",
        "planningservices",
        "Planning-Services-2026",
        "microsoft-portal",
        "voucherportal12",
        "adabrightstone1",
        "nordlicht-1234",
        "      a      ",
        "short",
    ],
)
def test_what_everybody_tries_first_is_refused(password):
    with pytest.raises(ValidationError):
        validate_password(password, ADA)


@pytest.mark.parametrize(
    "password",
    [
        "wandering albatross",
        "another albatross",
        "korrekt pferd batterie",
        "tigerunderthebridge",
        "7319 4402 8865 1270",
        "planning a long voyage north",
        "正確的馬電池釘書針藍色天空",
        "xK9!vm2#Lp4q",
    ],
)
def test_words_without_a_link_are_taken_whatever_their_signs(password):
    validate_password(password, ADA)
