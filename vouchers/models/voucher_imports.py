from django.utils.translation import gettext_lazy as _

from portal.models import TableImport


class VoucherImport(TableImport):
    """An uploaded table of vouchers; its ticket becomes the batch's."""

    KIND = "vouchers"

    class Meta:
        proxy = True
        verbose_name = _("import of vouchers")
        verbose_name_plural = _("imports of vouchers")
