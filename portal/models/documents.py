"""Documents: files that people upload or that the portal makes for them."""

from django.contrib.postgres.fields import ArrayField
from django.core.files.base import File
from django.core.files.storage import storages
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models.people import User
from portal.tenancy import TenantQuerySet


class DocumentQuerySet(TenantQuerySet):
    partner_path = customer_path = "parties__contains"


class Document(models.Model):
    """A file, named in the store by the hash of its content."""

    name = models.CharField(_("file name"), max_length=200)
    content_type = models.CharField(max_length=100, verbose_name=_("content type"))
    size = models.PositiveBigIntegerField(verbose_name=_("size"))
    sha256 = models.CharField(max_length=64, verbose_name=_("sha256"))
    parties = ArrayField(models.BigIntegerField(), verbose_name=_("parties"))
    uploaded_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    uploaded_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("uploaded at")
    )

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(size__gt=0), name="document_is_not_empty"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        """Return the place in the store: the same content is stored once."""
        return f"{self.sha256[:2]}/{self.sha256}"

    def open(self) -> File:
        return storages["documents"].open(self.path)
