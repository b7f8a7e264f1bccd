"""Uploaded tables, from the upload to what they did."""

from typing import Any, ClassVar, Self
from uuid import uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models.organizations import Organization
from portal.models.people import User
from portal.models.temporary_files import TemporaryFile
from portal.tenancy import TenantQuerySet


class TableImportQuerySet(TenantQuerySet):
    """Uploads of one kind, where a kind's own model asks."""

    partner_path = customer_path = "organization"

    def create(self, **fields: Any) -> Any:
        return super().create(**{"kind": getattr(self.model, "KIND", ""), **fields})

    def open(self) -> Self:
        """Keep what can still be confirmed or mended, or is done."""
        is_done = models.Q(confirmed_at__isnull=False)
        return self.filter(is_done | models.Q(expires_at__gt=clock.now()))

    def stale(self) -> Self:
        return self.filter(expires_at__lte=clock.now())


class TableImportManager(models.Manager.from_queryset(TableImportQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> Any:
        rows, kind = super().get_queryset(), getattr(self.model, "KIND", "")
        return rows.filter(kind=kind) if kind else rows


class TableImport(models.Model):
    """A table that somebody uploaded: read by a worker, looked at, confirmed.

    ``rows`` are ``[number in the file, text by column, problems of cells]``; they are
    checked anew whenever they are looked at. Kinds are proxies with a ``KIND``.
    """

    KIND: ClassVar[str] = ""

    kind = models.CharField(_("kind"), max_length=40, editable=False)
    organization = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("organization"),
    )
    # The address of the preview.
    ticket = models.UUIDField(_("ticket"), unique=True, default=uuid4, editable=False)
    file_name = models.CharField(_("file"), max_length=200, default="")
    # Gone once it is read.
    file = models.ForeignKey(
        TemporaryFile,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("file to read"),
    )
    rows = models.JSONField(_("rows"), default=list)
    # Headings of columns that nobody knows.
    passed_over = models.JSONField(_("passed over"), default=list, editable=False)
    made_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("read by")
    )
    created_at = models.DateTimeField(
        _("created at"), default=clock.now, editable=False
    )
    # What is neither confirmed nor mended by then is gone; so are a done one's rows.
    expires_at = models.DateTimeField(_("kept until"), editable=False)
    # How often a worker began to read it, and when it was done with it.
    attempts = models.PositiveSmallIntegerField(
        _("attempts to read it"), default=0, editable=False
    )
    read_at = models.DateTimeField(_("read at"), null=True, editable=False)
    # Why it could not be read, in the words of its maker's language.
    problem = models.TextField(_("problem"), default="", editable=False)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    # What the rows say, however they are typed and in whatever order.
    digest = models.CharField(
        _("hash of the rows"), max_length=64, default="", editable=False
    )
    # The same rows were imported before, and are meant once more.
    is_again = models.BooleanField(_("meant again"), default=False, editable=False)
    # What was done, as numbers by name, once it is confirmed.
    result = models.JSONField(_("result"), default=dict, editable=False)

    objects = TableImportManager()

    class Meta:
        verbose_name = _("uploaded table")
        verbose_name_plural = _("uploaded tables")
        indexes = [models.Index(fields=["expires_at"], name="table_import_end")]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "organization", "digest"],
                condition=models.Q(confirmed_at__isnull=False, is_again=False),
                name="table_import_rows_once",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_at=None)
                | models.Q(read_at__isnull=False, problem=""),
                name="table_import_confirmed_is_read",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name or str(self.ticket)

    @property
    def is_read(self) -> bool:
        return self.read_at is not None
