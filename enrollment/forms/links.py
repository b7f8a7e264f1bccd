"""Links that everybody may follow: to pages of the web and nowhere else."""

import re
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

LONGEST = 200
# A word before a colon, unless it is a host before its port.
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:(?!\d)", re.IGNORECASE)
INCOMPLETE = _("Give the whole address of a page, such as https://www.example.com.")


class LinkField(forms.CharField):
    """The address of a public page; with ``site``, of a page there.

    Scripts, files, addresses inside of networks and names or passwords are refused.
    """

    widget = forms.URLInput

    def __init__(self, *, site: str = "", **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.site = site

    def clean(self, value: Any) -> str:
        link: str = super().clean(value)
        if not link:
            return ""
        whole = link if SCHEME.match(link) else f"https://{link}"
        parts = _split(whole)
        _must_be_web(parts)
        _must_be_public(parts.hostname or "")
        self._must_be_there(parts.hostname or "")
        _must_be_whole(whole)
        return whole

    def _must_be_there(self, host: str) -> None:
        if self.site and not f".{host}".endswith(f".{self.site}"):
            raise ValidationError(
                gettext("This is not a page of %(site)s.") % {"site": self.site}
            )


def _split(link: str) -> SplitResult:
    try:
        return urlsplit(link)
    except ValueError as error:
        raise ValidationError(INCOMPLETE) from error


def _must_be_web(parts: SplitResult) -> None:
    if parts.scheme not in {"http", "https"}:
        raise ValidationError(
            _("Only links to web pages are taken: they begin with https:// or http://.")
        )
    if "@" in parts.netloc:
        raise ValidationError(
            _("The link has a user name before the @. Give the address without it.")
        )


def _must_be_public(host: str) -> None:
    if "." not in host.strip(".") or _is_number(host):
        raise ValidationError(INCOMPLETE)


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _must_be_whole(link: str) -> None:
    if len(link) > LONGEST:
        raise ValidationError(
            _("The link has %(found)s of %(most)s characters."),
            params={"found": len(link), "most": LONGEST},
        )
    try:
        URLValidator(schemes=["http", "https"])(link)
    except ValidationError as error:
        raise ValidationError(INCOMPLETE) from error
