from django.utils.translation import gettext_lazy as _

from portal.models import TableImport


class PurchaseImport(TableImport):
    """A file of licence counts, which the sponsor's people read."""

    KIND = "purchases"

    class Meta:
        proxy = True
        verbose_name = _("import of purchases")
        verbose_name_plural = _("imports of purchases")

    audit_sentences = {
        "import.confirmed": _("imported purchases"),
    }
