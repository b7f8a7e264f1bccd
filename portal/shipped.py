"""Reasons and public mail domains that the portal ships; the sponsor changes them."""

import tomllib
from pathlib import Path

from portal.models import PublicMailDomain, Reason, Topic

FILE = Path(__file__).with_suffix(".toml")


def load_shipped() -> None:
    """Add the reasons and domains that are missing; what exists stays as it is."""
    shipped = tomllib.loads(FILE.read_text())
    PublicMailDomain.objects.bulk_create(
        [PublicMailDomain(name=name) for name in shipped["public_mail_domains"]],
        ignore_conflicts=True,
    )
    Reason.objects.bulk_create(
        [
            Reason(
                topic=topic,
                position=position,
                needs_note=reason["code"] == "other",
                **reason,
            )
            for topic in Topic
            for position, reason in enumerate(shipped["reasons"][topic])
        ],
        ignore_conflicts=True,
    )
