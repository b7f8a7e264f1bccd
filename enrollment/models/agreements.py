"""The program agreement: its versions, and who signed which."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.models.programs import CATALOGUE_SENTENCES, Program
from portal import zones
from portal.db import ExplainedConstraints
from portal.fields import DayColumn
from portal.models import Document, Organization
from portal.tenancy import TenantQuerySet

# The words of a version that its signers have agreed to.
SIGNED_FIELDS = ("effective_on", "program", "text", "title", "version")


def signable_on(
    versions: Sequence["ProgramAgreement"], day: date
) -> list["ProgramAgreement"]:
    """Of versions, the latest first, keep those that may be signed on a date.

    They are the one in force and the one that follows it.
    """
    begun = [version for version in versions if version.effective_on <= day]
    coming = [version for version in versions if version.effective_on > day]
    return [*begun[:1], *coming[-1:]]


class ProgramAgreementQuerySet(models.QuerySet["ProgramAgreement"]):
    """Versions of the agreement, by date."""

    def in_force(self, program: Program, day: date) -> "ProgramAgreement | None":
        """Return the version that holds on a date."""
        return self._begun(day).filter(program=program).first()

    def signable(self, program: Program, day: date) -> list["ProgramAgreement"]:
        """List the versions that may be signed on a date."""
        versions = self.filter(program=program).order_by("-effective_on")
        return signable_on(list(versions), day)

    def _begun(self, day: date) -> Self:
        return self.filter(effective_on__lte=day).order_by("-effective_on", "-pk")


class ProgramAgreement(ExplainedConstraints):
    """One version of the agreement that partners of a program sign."""

    refusals = {
        "agreement_version_is_unique": (
            "version",
            _("The program has this version already. Give another number."),
        ),
        "agreement_one_per_day": (
            "effective_on",
            _("Another version is in force from this day. Choose another day."),
        ),
    }

    program = models.ForeignKey(
        Program,
        on_delete=models.PROTECT,
        related_name="agreements",
        verbose_name=_("program"),
    )
    version = models.CharField(_("version"), max_length=20)
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("text"))
    effective_on = DayColumn(_("in force from"))
    # Until this date a signature under the version before still counts.
    sign_by = DayColumn(_("to be signed by"), null=True, blank=True)
    told_at = models.DateTimeField(
        _("partners told at"), null=True, blank=True, editable=False
    )

    objects = ProgramAgreementQuerySet.as_manager()

    class Meta:
        verbose_name = _("program agreement")
        verbose_name_plural = _("program agreements")
        constraints = [
            models.UniqueConstraint(
                fields=["program", "version"], name="agreement_version_is_unique"
            ),
            models.UniqueConstraint(
                fields=["program", "effective_on"], name="agreement_one_per_day"
            ),
            models.CheckConstraint(
                condition=Q(sign_by=None) | Q(effective_on__lte=F("sign_by")),
                name="agreement_in_force_before_it_must_be_signed",
            ),
        ]
        triggers = [
            # It reads the signatures of all partners: the portal's role for a single
            # organization may not change versions at all (a migration takes the right).
            pgtrigger.Trigger(
                name="stays_as_signed",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.AnyChange(*SIGNED_FIELDS),
                func=(
                    "IF EXISTS (SELECT FROM enrollment_signature"
                    " WHERE agreement_id = OLD.id) THEN"
                    " RAISE EXCEPTION 'pgtrigger: A signed version stays as it is';"
                    " END IF; RETURN NEW;"
                ),
            )
        ]

    audit_sentences = CATALOGUE_SENTENCES

    def __str__(self) -> str:
        return _("%(title)s, version %(version)s") % {
            "title": self.title,
            "version": self.version,
        }

    @property
    def text_hash(self) -> str:
        """Return the SHA-256 of the text, which a signature keeps."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def version_key(self) -> str:
        """Name the version and its words, as a page states what it has shown."""
        return f"{self.pk}:{self.text_hash}"

    def what_is_signed(self) -> list[Any]:
        """Return the values of ``SIGNED_FIELDS``."""
        return [
            self.effective_on,
            self.program_id,
            self.text,
            self.title,
            self.version,
        ]


class SignatureQuerySet(TenantQuerySet):
    partner_path = "partner"


class Signature(models.Model):
    """A partner's signature under one version of the agreement."""

    partner = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="signatures",
        verbose_name=_("partner"),
    )
    agreement = models.ForeignKey(
        ProgramAgreement,
        on_delete=models.PROTECT,
        related_name="signatures",
        verbose_name=_("agreement"),
    )
    signer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("signer"),
    )
    signer_name = models.CharField(_("name"), max_length=120)
    signer_title = models.CharField(_("position in the company"), max_length=120)
    address = models.GenericIPAddressField(_("address"), null=True)
    text_hash = models.CharField(_("hash of the text"), max_length=64)
    signed_at = models.DateTimeField(_("signed at"))
    signer_roles = ArrayField(
        models.CharField(max_length=20), verbose_name=_("roles"), default=list
    )
    # The signed text as PDF, made by a worker.
    copy = models.ForeignKey(
        Document,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("signed copy"),
    )

    objects = SignatureQuerySet.as_manager()

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "agreement"], name="signature_once"
            ),
            models.UniqueConstraint(
                fields=["id", "partner"], name="signature_of_partner"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="is_kept", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="stays_as_given", exclude=["copy"]),
            pgtrigger.Protect(
                name="copied_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__copy__isnull=False)
                & pgtrigger.Q(old__copy__df=pgtrigger.F("new__copy")),
            ),
        ]

    audit_sentences = {
        "agreement.signed": _("signed the program agreement"),
        "agreement.copied": _("made the signed copy"),
    }

    def __str__(self) -> str:
        return f"{self.agreement}: {self.signer_name}"

    @property
    def signed_there(self) -> datetime:
        """Return the moment of the signature by the partner's clock."""
        return self.signed_at.astimezone(zones.zone(self.partner.time_zone))

    @property
    def terms(self) -> str:
        """Name the version and the date, as a reservation does to both parties."""
        words = gettext(
            "Version %(version)s of the program agreement, signed on %(date)s"
        )
        return words % {
            "version": self.agreement.version,
            "date": date_format(self.signed_there),
        }

    @property
    def is_of_unchanged_text(self) -> bool:
        """Tell whether the version's text still has the hash that was signed."""
        return self.text_hash == self.agreement.text_hash
