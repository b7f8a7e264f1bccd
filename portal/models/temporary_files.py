"""Files of one person for some hours: tables to read or made, and drafts of forms."""

from datetime import datetime, timedelta
from typing import Self
from uuid import uuid4

from django.core.files.base import File
from django.core.files.storage import storages
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models.organizations import Organization
from portal.models.people import User
from portal.tenancy import TenantQuerySet, Viewer

LIFE = timedelta(hours=24)
# So many of one purpose has a person: a new one takes the place of the oldest.
MOST_OF_PERSON = 10
FOLDER = "temporary"


class FilePurpose(models.TextChoices):
    """What a file waits for."""

    DRAFT = "draft", _("to be sent with its form")
    IMPORT = "import", _("to be read")
    EXPORT = "export", _("to be taken away")


def ends_at() -> datetime:
    return clock.now() + LIFE


class TemporaryQuerySet(TenantQuerySet):
    partner_path = customer_path = "organization"

    def owned_by(self, actor: Viewer) -> Self:
        """Keep what is one person's, in one place."""
        return self.filter(organization=actor.organization_id, person=actor.person_id)

    def unended(self) -> Self:
        return self.filter(expires_at__gt=clock.now())


class Temporary(models.Model):
    """What one person alone has for some hours, where it was handed in or asked for.

    The sponsor's people have theirs without an organization.
    """

    ticket = models.UUIDField(_("ticket"), unique=True, default=uuid4, editable=False)
    organization = models.ForeignKey(
        Organization,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        verbose_name=_("organization"),
    )
    person = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="+", verbose_name=_("person")
    )
    created_at = models.DateTimeField(
        _("created at"), default=clock.now, editable=False
    )
    expires_at = models.DateTimeField(
        _("kept until"), default=ends_at, editable=False, db_index=True
    )

    objects = TemporaryQuerySet.as_manager()

    class Meta:
        abstract = True


class TemporaryFile(Temporary):
    """A file that only its person sees."""

    purpose = models.CharField(
        _("purpose"), max_length=6, choices=FilePurpose.choices, editable=False
    )
    name = models.CharField(_("file name"), max_length=200)
    size = models.PositiveBigIntegerField(_("size"))

    class Meta:
        verbose_name = _("temporary file")
        verbose_name_plural = _("temporary files")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")),
                name="temporary_file_ends",
            ),
            models.CheckConstraint(
                condition=models.Q(purpose__in=FilePurpose.values),
                name="temporary_file_has_a_purpose",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        return f"{FOLDER}/{self.ticket}"

    def open(self) -> File:
        return storages["documents"].open(self.path)
