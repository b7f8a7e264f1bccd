"""Whose mail addresses are a company's, and how a company regains an admin.

asked ─approve▸ approved
asked ─decline▸ declined
"""

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models.organizations import Organization
from portal.models.people import User
from portal.tenancy import TenantQuerySet


class PublicMailDomain(models.Model):
    """A domain at which everybody can have an address: it proves no company."""

    name = models.CharField(_("domain"), max_length=120, unique=True)

    class Meta:
        verbose_name = _("public mail domain")
        verbose_name_plural = _("public mail domains")
        constraints = [
            models.CheckConstraint(
                condition=Q(name=Lower("name")), name="public_domain_is_lower_case"
            ),
        ]

    audit_sentences = {
        "public_domain.saved": _("kept the public mail domain"),
        "public_domain.removed": _("took the public mail domain off the list"),
    }

    def __str__(self) -> str:
        return self.name


class DomainQuerySet(TenantQuerySet):
    partner_path = customer_path = "organization"

    def verified(self) -> Self:
        return self.exclude(verified_at=None)

    def waiting(self) -> Self:
        """Keep the domains for which a link was mailed and not used yet."""
        return self.exclude(token_hash="").filter(expires_at__gt=clock.now())

    def shown(self) -> Self:
        """Leave out domains that were taken away; only the audit trail shows them."""
        return self.exclude(verified_at=None, token_hash="")


class Domain(models.Model):
    """A mail domain of an organization; verified, it is nobody else's.

    Until then it waits for the link that was mailed to an address at it. Without a
    link and not verified, it was taken away.
    """

    organization = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="domains",
        verbose_name=_("organization"),
    )
    name = models.CharField(_("domain"), max_length=120)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    verified_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("verified by"),
    )
    proof_address = models.EmailField(_("address of the proof"), blank=True)
    token_hash = models.CharField(
        max_length=64, blank=True, editable=False, verbose_name=_("token hash")
    )
    expires_at = models.DateTimeField(
        null=True, blank=True, verbose_name=_("expires at")
    )
    created_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("created at")
    )

    objects = DomainQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail domain")
        verbose_name_plural = _("mail domains")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"], name="domain_once_an_organization"
            ),
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(verified_at__isnull=False),
                name="domain_verified_once",
            ),
            models.CheckConstraint(
                condition=Q(name=Lower("name")), name="domain_is_lower_case"
            ),
            # A link is used once, and not for ever.
            models.CheckConstraint(
                condition=Q(token_hash="")
                | Q(verified_at__isnull=True, expires_at__isnull=False),
                name="domain_link_ends",
            ),
        ]

    audit_sentences = {
        "domain.asked": _("had a link mailed to prove the mail domain"),
        "domain.verified": _("verified the mail domain"),
        "domain.removed": _("took the mail domain away"),
    }

    def __str__(self) -> str:
        return self.name

    @property
    def is_verified(self) -> bool:
        return self.verified_at is not None

    @property
    def is_waiting(self) -> bool:
        return (
            bool(self.token_hash)
            and self.expires_at is not None
            and clock.now() < self.expires_at
        )
