"""Signing up and proving an address; apart, since allauth builds its forms on ours."""

from typing import Any

from allauth.account.forms import (
    BaseConfirmCodeForm,
    ConfirmEmailVerificationCodeForm,
    SignupForm,
)
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from portal.accounts import drop_unproved
from portal.models import User


class SignUpForm(SignupForm):
    """Signing up, which takes as long for an address that has an account already."""

    account_already_exists: bool

    def clean_email(self) -> str:
        """Accept an address that somebody else has claimed but not proved."""
        email = str(super().clean_email())
        proved = EmailAddress.objects.filter(email=email, verified=True)
        is_taken = proved.exists() or User.objects.filter(email=email).exists()
        self.account_already_exists &= is_taken
        return email

    def try_save(self, request: HttpRequest) -> Any:
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)


class ProofForm(ConfirmEmailVerificationCodeForm):
    """The code that proves an address, whoever else has only claimed it."""

    def clean_code(self) -> str:
        BaseConfirmCodeForm.clean_code(self)
        if self.user:
            drop_unproved(self.email, self.user)
        return str(super().clean_code())
