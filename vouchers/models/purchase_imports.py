from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal import clock


class PurchaseImport(models.Model):
    """The rows of one file, kept on the server until somebody confirms them.

    ``rows`` holds what the file says, row by row, as text: it is judged anew each time.
    """

    # The address of the preview.
    ticket = models.UUIDField(_("ticket"), unique=True)
    file_name = models.CharField(_("file"), max_length=200)
    rows = models.JSONField(_("rows"))
    # Headings of columns that nobody knows.
    passed_over = models.JSONField(_("passed over"), default=list, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("read by"),
    )
    created_at = models.DateTimeField(
        _("created at"), default=clock.now, editable=False
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    # What the action did, once it is confirmed.
    purchases = models.PositiveIntegerField(_("purchases"), default=0)
    days = models.PositiveIntegerField(_("days"), default=0)

    class Meta:
        verbose_name = _("import of purchases")
        verbose_name_plural = _("imports of purchases")

    audit_sentences = {
        "import.confirmed": _("imported purchases"),
    }

    def __str__(self) -> str:
        return self.file_name
