from django.db import models
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models.audit import NOT_IN_A_HEADER
from portal.models.documents import Document
from portal.models.invitations import Invitation
from portal.models.people import User


class MailProblem(models.TextChoices):
    """Why the portal itself does not send a mail, as ``last_error`` has it."""

    PERSON_LEFT = "person_left", _("The person has left since.")
    EMPTY = "empty", _("The mail has no words or no address.")


class Email(models.Model):
    """A mail in the outbox: part of the change it tells of, sent by a worker."""

    key = models.CharField(max_length=200, unique=True, verbose_name=_("key"))
    to = models.EmailField(verbose_name=_("to"))
    subject = models.CharField(max_length=250, verbose_name=_("subject"))
    body = models.TextField(verbose_name=_("body"))
    attachment = models.ForeignKey(
        Document,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("attached file"),
    )
    # Whom it tells, who may have left or moved until it is sent; nobody for a guest.
    person = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("person"),
    )
    # The organization whose pages it leads to, by its word in addresses.
    place = models.SlugField(_("organization"), max_length=60, blank=True)
    # Who typed the address, and is told when no mail reaches it.
    caused_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("caused by"),
    )
    invitation = models.ForeignKey(
        Invitation,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("invitation"),
    )
    queued_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("queued at")
    )
    sent_at = models.DateTimeField(null=True, blank=True, verbose_name=_("sent at"))
    set_aside_at = models.DateTimeField(_("set aside"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, verbose_name=_("attempts"))
    # What the mail server said, in its words, or one of ``MailProblem``.
    last_error = models.TextField(_("last refusal"), blank=True)

    audit_sentences = {"mail.tried_again": _("put the mail back into the outbox")}

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(subject__regex=NOT_IN_A_HEADER),
                name="email_subject_is_one_line",
            ),
            models.CheckConstraint(
                condition=models.Q(sent_at=None) | models.Q(set_aside_at=None),
                name="email_is_sent_or_set_aside",
            ),
        ]
        indexes = [
            models.Index(
                fields=["queued_at"],
                condition=models.Q(sent_at=None, set_aside_at=None),
                name="email_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to}"

    @property
    def problem(self) -> str:
        """Return what the portal found wrong itself, in the reader's language."""
        is_ours = self.last_error in MailProblem.values
        return str(MailProblem(self.last_error).label) if is_ours else ""
