from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from vouchers.models.retirement import LetterAbout, RetirementPlan


class RetirementLetterQuerySet(models.QuerySet):
    def waiting(self) -> Self:
        """Keep what has not gone out and will."""
        return self.filter(sent_at=None, withdrawn_at=None)


class RetirementLetter(models.Model):
    """A letter of a published plan to those whom it still concerns on its day."""

    plan = models.ForeignKey(
        RetirementPlan, on_delete=models.PROTECT, related_name="letters"
    )
    about = models.CharField(_("about"), max_length=12, choices=LetterAbout)
    sends_on = models.DateField(_("goes out on"))
    sent_at = models.DateTimeField(_("sent at"), null=True)
    # How many people got it.
    sent = models.PositiveIntegerField(_("people told"), default=0)
    # A later plan has taken its place before it went out.
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)

    objects = RetirementLetterQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter of a retirement plan")
        verbose_name_plural = _("letters of retirement plans")
        ordering = ["sends_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "about", "sends_on"], name="retirement_letter_once"
            ),
            models.CheckConstraint(
                condition=Q(sent_at=None) | Q(withdrawn_at=None),
                name="retirement_letter_sent_or_withdrawn",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_about_display()}: {self.sends_on}"
