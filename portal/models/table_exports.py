"""Workbooks that a worker makes of a list, for a person to take away."""

from typing import Any
from uuid import uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models.organizations import Organization
from portal.models.people import User
from portal.models.temporary_files import TemporaryFile, ends_at
from portal.tenancy import TenantQuerySet


class TableExportQuerySet(TenantQuerySet):
    partner_path = customer_path = "organization"

    def of(self, person: Any, source: str) -> Any:
        """Keep a person's own workbooks of one list, the latest first."""
        exports = self.filter(person=person, source=source, expires_at__gt=clock.now())
        return exports.select_related("file").order_by("-created_at", "-pk")


class TableExport(models.Model):
    """What a list showed when a person asked for it as a workbook.

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
    source = models.CharField(_("list"), max_length=60)
    query = models.TextField(_("filters"), blank=True)
    name = models.CharField(_("file name"), max_length=200)
    language = models.CharField(_("language"), max_length=10)
    zone = models.CharField(_("time zone"), max_length=60)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(
        _("created at"), default=clock.now, editable=False
    )
    expires_at = models.DateTimeField(
        _("kept until"), default=ends_at, editable=False, db_index=True
    )
    finished_at = models.DateTimeField(_("finished at"), null=True, editable=False)
    # Nothing where it could not be made.
    file = models.ForeignKey(
        TemporaryFile, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    objects = TableExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("workbook of a list")
        verbose_name_plural = _("workbooks of lists")
        constraints = [
            # Asked for twice while it is made, it is made once.
            models.UniqueConstraint(
                fields=["organization", "person", "source", "query"],
                condition=models.Q(finished_at=None),
                name="table_export_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_ready(self) -> bool:
        """Tell whether it is made and still kept."""
        return self.file is not None and self.file.expires_at > clock.now()
