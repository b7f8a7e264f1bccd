"""Twelve columns, three indexes beside the key, two foreign keys; audit and ledger."""

from django.conf import settings
from django.db import models


class Tenant(models.Model):
    """An organization."""

    name = models.CharField(max_length=120)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's place in an organization."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )

    def __str__(self) -> str:
        return f"{self.person} at {self.tenant}"


class Voucher(models.Model):
    """A claim to some days."""

    STATES = [("created", "Created"), ("assigned", "Assigned")]

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, db_index=False)
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    number = models.CharField(max_length=14, unique=True)
    partner = models.CharField(max_length=120)
    engagement_type = models.CharField(max_length=120)
    label = models.CharField(max_length=80)
    days = models.SmallIntegerField()
    country = models.CharField(max_length=2)
    state = models.CharField(max_length=10, choices=STATES)
    expires_on = models.DateField()
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["tenant", "-created_at", "-id"])]

    def __str__(self) -> str:
        return self.number


class AuditEntry(models.Model):
    """One change."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE)
    voucher = models.ForeignKey(Voucher, on_delete=models.CASCADE)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    verb = models.CharField(max_length=60)
    changes = models.JSONField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.verb


class LedgerEntry(models.Model):
    """Some days that moved."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE)
    voucher = models.ForeignKey(Voucher, on_delete=models.CASCADE)
    kind = models.CharField(max_length=10)
    days = models.SmallIntegerField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind}: {self.days}"
