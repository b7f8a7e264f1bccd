"""The audit trail, the sealed bodies of mails, and counted attempts."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models.organizations import Organization
from portal.models.people import User
from portal.tenancy import TenantQuerySet

# What ends a line, in whatever program reads it.
NOT_IN_A_HEADER = r"[\u0001-\u001f\u007f-\u009f\u2028\u2029]"


class AuditQuerySet(TenantQuerySet):
    partner_path = customer_path = "parties__contains"

    def about(self, subject: models.Model) -> "AuditQuerySet":
        """Keep the entries of one record, the first one first."""
        return self.filter(
            subject_type=subject._meta.label_lower, subject_id=subject.pk
        ).order_by("pk")

    def about_any(self, *subjects: models.QuerySet) -> "AuditQuerySet":
        """Keep the entries of all these records, the last one first."""
        condition = models.Q()
        for rows in subjects:
            label = rows.model._meta.label_lower
            condition |= models.Q(subject_type=label, subject_id__in=rows.values("pk"))
        return self.filter(condition).order_by("-pk")


class AuditEntry(models.Model):
    """One change: who, for which organization and in which role, what, when."""

    verb = models.CharField(max_length=60, verbose_name=_("verb"))
    subject_type = models.CharField(max_length=60, verbose_name=_("subject type"))
    subject_id = models.BigIntegerField(verbose_name=_("subject id"))
    subject_name = models.CharField(max_length=160, verbose_name=_("subject name"))
    person = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("person"),
    )
    person_name = models.CharField(
        max_length=120, blank=True, verbose_name=_("person name")
    )
    organization = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("organization"),
    )
    organization_name = models.CharField(
        max_length=120, blank=True, verbose_name=_("organization name")
    )
    side = models.CharField(max_length=10, verbose_name=_("side"))
    roles = ArrayField(
        models.CharField(max_length=40), default=list, verbose_name=_("roles")
    )
    # The organizations that may read this entry: the record's parties at that moment.
    parties = ArrayField(
        models.BigIntegerField(), default=list, verbose_name=_("parties")
    )
    reason = models.TextField(blank=True, verbose_name=_("reason"))
    changes = models.JSONField(default=dict, verbose_name=_("changes"))
    at = models.DateTimeField(verbose_name=_("at"))

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="audit_subject"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_name}"


class SealedBody(models.Model):
    """What a mail says that opens an account: a code, a link.

    Only the worker that sends it reads it, and takes it out once the mail has gone: the
    database lets no other role look, so that nobody at the sponsor can use it. The mail
    itself has an empty body.
    """

    key = models.CharField(max_length=200, primary_key=True, verbose_name=_("key"))
    words = models.TextField()
    queued_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("queued at")
    )

    class Meta:
        verbose_name = _("sealed mail")
        verbose_name_plural = _("sealed mails")

    def __str__(self) -> str:
        return self.key


class CacheEntry(models.Model):
    """A counted attempt, in the shape of Django's cache in the database.

    Used while Redis does not answer (``portal.cache``).
    """

    cache_key = models.CharField(
        max_length=255, primary_key=True, verbose_name=_("cache key")
    )
    value = models.TextField(verbose_name=_("value"))
    expires = models.DateTimeField(db_index=True, verbose_name=_("expires"))

    class Meta:
        verbose_name = _("cache entry")
        verbose_name_plural = _("cache entries")

    def __str__(self) -> str:
        return self.cache_key
