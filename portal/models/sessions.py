"""Browsers that are signed in, each with its person."""

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models.people import User


class Session(AbstractBaseSession):
    """A browser's session, read together with the person who signed in with it."""

    person = models.ForeignKey(
        User,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        verbose_name=_("person"),
    )

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
