"""Addresses of lists that people keep: what a list shows, under a name."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models.organizations import Organization
from portal.models.people import User
from portal.tenancy import TenantQuerySet

MOST_SAVED = 20


class SavedQuerySet(TenantQuerySet):
    partner_path = customer_path = "organization"

    def of(self, person: User | None, page: str) -> Self:
        """Keep a person's own addresses of one list, by name."""
        return self.filter(person=person, page=page).order_by(Lower("name"))


class SavedAddress(models.Model):
    """What a list showed when a person named it, in one of the person's places."""

    organization = models.ForeignKey(
        Organization,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        verbose_name=_("organization"),
    )
    person = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="+", verbose_name=_("person")
    )
    page = models.CharField(_("page"), max_length=60)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=1000)
    # Each person has so many places for them, and no more.
    place = models.PositiveSmallIntegerField(verbose_name=_("place"))
    created_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("created at")
    )

    objects = SavedQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved address")
        verbose_name_plural = _("saved addresses")
        constraints = [
            models.UniqueConstraint(
                "organization",
                "person",
                "page",
                Lower("name"),
                name="saved_address_name_is_unique",
            ),
            models.UniqueConstraint(
                fields=["organization", "person", "place"],
                name="saved_address_has_its_place",
            ),
            models.CheckConstraint(
                condition=Q(place__gte=1, place__lte=MOST_SAVED),
                name="saved_address_places_are_few",
            ),
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(query=""),
                name="saved_address_says_something",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def url_for(self, organization: Organization) -> str:
        return f"{reverse(self.page, args=[organization.slug])}?{self.query}"
