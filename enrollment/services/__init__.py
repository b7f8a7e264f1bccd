"""What people and the clock do in this app: one function each."""

from enrollment.services.agreements import sign
from enrollment.services.catalogue import load_catalogue, remove, save
from enrollment.services.enrollments import (
    apply_for,
    begin,
    choose_offerings,
    submit,
)
from enrollment.services.periods import fall_due, lapse, remind, resume, suspend
from enrollment.services.profiles import publish_profile
from enrollment.services.proofs import add_competency, give_back, verify
from enrollment.services.reviews import approve, give_back_enrollment
from enrollment.services.rights import ADMINS, MANAGERS, READERS, REVIEWERS

__all__ = [
    "ADMINS",
    "MANAGERS",
    "READERS",
    "REVIEWERS",
    "add_competency",
    "apply_for",
    "approve",
    "begin",
    "choose_offerings",
    "fall_due",
    "give_back",
    "give_back_enrollment",
    "lapse",
    "load_catalogue",
    "publish_profile",
    "remind",
    "remove",
    "resume",
    "save",
    "sign",
    "submit",
    "suspend",
    "verify",
]
