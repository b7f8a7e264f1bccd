"""Reasons with which reviewers return, refuse or decline, each with its code."""

from typing import Self

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.findings import Refused


class Topic(models.TextChoices):
    """What a reason can be given for."""

    COMPETENCY = "competency", _("Competency")
    CERTIFICATE = "certificate", _("Certificate")
    ENROLLMENT = "enrollment", _("Enrollment")
    PROFILE = "profile", _("Business profile")
    ENQUIRY = "enquiry", _("Enquiry")


class ReasonQuerySet(models.QuerySet["Reason"]):
    """Reasons of a topic."""

    def usable_for(self, topic: str) -> Self:
        """Keep what can be chosen today, in the order of the sponsor's list."""
        return self.filter(topic=topic, is_active=True).order_by("position", "code")


class Reason(models.Model):
    """One reason: what reviewers choose, and the advice that people read.

    ``needs_note`` asks for words of the reviewer's own beside it ("other").
    """

    topic = models.CharField(_("topic"), max_length=20, choices=Topic)
    code = models.SlugField(_("code"), max_length=40)
    label = models.CharField(_("reason"), max_length=120)
    advice = models.TextField(_("what to do about it"), blank=True)
    needs_note = models.BooleanField(_("needs a note"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = ReasonQuerySet.as_manager()

    class Meta:
        verbose_name = _("reason")
        verbose_name_plural = _("reasons")
        constraints = [
            models.UniqueConstraint(fields=["topic", "code"], name="reason_once"),
            models.CheckConstraint(
                condition=models.Q(topic__in=Topic.values), name="reason_topic_is_known"
            ),
        ]

    audit_sentences = {
        "catalogue.added": _("added this to the catalogue"),
        "catalogue.changed": _("changed the catalogue"),
        "catalogue.removed": _("took this out of the catalogue"),
    }

    def __str__(self) -> str:
        """Return the reason in the reader's language; shipped ones are translated."""
        return gettext(self.label)

    @property
    def what_to_do(self) -> str:
        return gettext(self.advice) if self.advice else ""

    def must_fit(self, topic: str, note: str) -> None:
        """Refuse a reason of another topic, or one that needs a note and has none."""
        if self.topic != topic:
            raise Refused(
                gettext("“%(reason)s” is not a reason that can be given here.")
                % {"reason": self},
                field="reason",
            )
        if self.needs_note and not note.strip():
            raise Refused(
                gettext("Write a note: “%(reason)s” says too little by itself.")
                % {"reason": self},
                field="note",
            )
