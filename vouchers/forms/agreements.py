"""What a customer types to activate a benefit: the contacts, and "I accept"."""

import re
from hashlib import sha256
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.actors import Member
from vouchers.models import BenefitContact, ContactPart, CustomerAgreement
from vouchers.services.agreements import Contact

PHONE = re.compile(r"\+?[\d ()/.\-]{5,40}")


class ContactsForm(forms.Form):
    """Whom the sponsor asks about the benefit, and who gets its notices."""

    benefit_name = forms.CharField(label=_("Name"), max_length=120)
    benefit_email = forms.EmailField(label=_("E-mail address"))
    benefit_phone = forms.CharField(
        label=_("Telephone"),
        max_length=40,
        required=False,
        help_text=_("With the country code, for example +49 40 1234567."),
    )
    notices_name = forms.CharField(label=_("Name"), max_length=120, required=False)
    notices_email = forms.EmailField(label=_("E-mail address"), required=False)
    notices_phone = forms.CharField(label=_("Telephone"), max_length=40, required=False)

    def clean_benefit_name(self) -> str:
        return ensure_name(self.cleaned_data["benefit_name"])

    def clean_notices_name(self) -> str:
        return ensure_name(self.cleaned_data["notices_name"])

    def clean_benefit_phone(self) -> str:
        return ensure_phone(self.cleaned_data["benefit_phone"])

    def clean_notices_phone(self) -> str:
        return ensure_phone(self.cleaned_data["notices_phone"])

    def clean(self) -> dict[str, Any]:
        """Ask for the whole second contact where a part of it is typed."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if any(self[f"notices_{part}"].value() for part in ("name", "email", "phone")):
            for part, sentence in MISSING.items():
                name = f"notices_{part}"
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, sentence)
        return data

    def contacts(self) -> dict[ContactPart, Contact]:
        data = self.cleaned_data
        contacts = {
            part: Contact(
                data[f"{part}_name"], data[f"{part}_email"], data[f"{part}_phone"]
            )
            for part in ContactPart
        }
        return {part: contact for part, contact in contacts.items() if contact.name}


MISSING = {
    "name": _("Type the name too, or leave this contact out."),
    "email": _("Type the e-mail address too, or leave this contact out."),
}


def ensure_name(name: str) -> str:
    """Refuse what is no name: it stands in a mail to somebody who has no account."""
    if "://" in name or not name.isprintable():
        raise ValidationError(_("Type a name, without a link."))
    return name


def ensure_phone(phone: str) -> str:
    if phone and not PHONE.fullmatch(phone):
        raise ValidationError(
            _("Type digits, spaces and a + in front; at least five signs.")
        )
    return phone


def digest(terms: str) -> str:
    return sha256(terms.encode()).hexdigest()


class ActivateForm(ContactsForm):
    """The contacts, and the terms of the program where it has any."""

    accepts = forms.BooleanField(
        label=_("I accept these terms for my company."),
        error_messages={"required": _("Accept the terms to activate the benefit.")},
    )
    terms = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any, *, agreement: CustomerAgreement, by: Member) -> None:
        text = agreement.program.benefit_terms
        initial = {
            "benefit_name": by.person.name,
            "benefit_email": by.person.email,
            "terms": digest(text),
        }
        super().__init__(data, initial=initial)
        self.text = text
        if not text:
            del self.fields["accepts"]

    def clean(self) -> dict[str, Any]:
        """See that the terms are still those that were shown."""
        data = super().clean()
        if data.get("terms") != digest(self.text):
            place = "accepts" if "accepts" in self.fields else None
            self.add_error(
                place, _("The terms were changed meanwhile. Read them again.")
            )
            # The next attempt is about what is shown now.
            self.data = {**dict(self.data.items()), "terms": digest(self.text)}
        return data


def typed_contacts(agreement: CustomerAgreement) -> dict[str, str]:
    """Return the form's values for the contacts that an agreement has."""
    contacts: list[BenefitContact] = list(agreement.contacts.all())
    return {
        f"{contact.part}_{name}": getattr(contact, name)
        for contact in contacts
        for name in ("name", "email", "phone")
    }
