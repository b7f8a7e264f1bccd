"""The words of the directory, kept by the sponsor."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.models.programs import CATALOGUE_SENTENCES


class TagKind(models.TextChoices):
    INDUSTRY = "industry", _("Industry")
    PRODUCT = "product", _("Product")
    SERVICE = "service", _("Type of service")
    LANGUAGE = "language", _("Language")
    SIZE = "size", _("Size of customers")


class Tag(models.Model):
    """A word by which customers find partners; the list is the sponsor's."""

    kind = models.CharField(_("kind"), max_length=10, choices=TagKind)
    slug = models.SlugField(_("short name"), max_length=60)
    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["kind", "position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "slug"], name="tag_once"),
            models.CheckConstraint(
                condition=Q(kind__in=TagKind.values), name="tag_kind_is_known"
            ),
        ]

    audit_sentences = CATALOGUE_SENTENCES

    def __str__(self) -> str:
        """Give the tag in the reader's language; the shipped ones are translated."""
        return gettext(self.name)
