"""Workbooks that a worker makes of a list, for a person to take away."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models.temporary_files import Temporary, TemporaryFile


class TableExport(Temporary):
    """What a list showed when a person asked for it as a workbook."""

    source = models.CharField(_("list"), max_length=60)
    query = models.TextField(_("filters"), blank=True)
    name = models.CharField(_("file name"), max_length=200)
    language = models.CharField(_("language"), max_length=10)
    zone = models.CharField(_("time zone"), max_length=60)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    finished_at = models.DateTimeField(_("finished at"), null=True, editable=False)
    # Nothing where it could not be made.
    file = models.ForeignKey(
        TemporaryFile, on_delete=models.SET_NULL, null=True, related_name="+"
    )

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
