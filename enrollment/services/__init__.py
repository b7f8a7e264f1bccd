"""What people and the clock do in this app: one function each."""

from enrollment.services.agreements import make_copy, sign, text_has_changed
from enrollment.services.asking import tell_of_versions
from enrollment.services.catalogue import load_catalogue, remove, save
from enrollment.services.certificates import (
    add_certificate,
    give_back_certificate,
    same_proof,
    verify_certificate,
)
from enrollment.services.confirmations import confirm
from enrollment.services.consultants import (
    Employment,
    confirm_employment,
    end_employment,
    invite_consultant,
    works_elsewhere,
)
from enrollment.services.directory import search as search_directory
from enrollment.services.directory import shown_partner
from enrollment.services.enquiries import (
    accept_enquiry,
    close_enquiry,
    decline_enquiry,
    enquire,
    enquiries_closing_soon,
    profile_to_ask,
    remind_of_enquiry,
    types_to_ask,
)
from enrollment.services.enrollments import (
    apply_for,
    begin,
    choose_offerings,
    submit,
)
from enrollment.services.lapses import end_periods
from enrollment.services.leavers import (
    HandOver,
    end_access_of_leaver,
    findings_against,
    hand_over,
)
from enrollment.services.lines import add_offering, approve_line, refuse_line
from enrollment.services.listing import facts_changed
from enrollment.services.periods import resume, suspend
from enrollment.services.profiles import (
    begin_profile,
    change_logo,
    findings_on,
    give_back_profile,
    public_logo,
    publish_profile,
    save_profile,
    withdraw_profile,
)
from enrollment.services.proofs import add_competency, give_back, verify
from enrollment.services.rebuilding import (
    fill_directory,
    rebuild_listings,
    refresh_what_ended,
)
from enrollment.services.reminders import (
    remind_of_certificates,
    remind_of_competencies,
)
from enrollment.services.renewals import open_windows, remind
from enrollment.services.reviews import (
    Pinned,
    approve,
    give_back_enrollment,
    reject,
)
from enrollment.services.rights import (
    ADMINS,
    ANSWERERS,
    ASKERS,
    MANAGERS,
    PLANNERS,
    READERS,
    REVIEWERS,
)
from enrollment.services.versions import partners_to_ask, publish, refuse_dates

__all__ = [
    "ADMINS",
    "ANSWERERS",
    "ASKERS",
    "MANAGERS",
    "PLANNERS",
    "READERS",
    "REVIEWERS",
    "Employment",
    "HandOver",
    "Pinned",
    "accept_enquiry",
    "add_certificate",
    "add_competency",
    "add_offering",
    "apply_for",
    "approve",
    "approve_line",
    "begin",
    "begin_profile",
    "change_logo",
    "choose_offerings",
    "close_enquiry",
    "confirm",
    "confirm_employment",
    "decline_enquiry",
    "end_access_of_leaver",
    "end_employment",
    "end_periods",
    "enquire",
    "enquiries_closing_soon",
    "facts_changed",
    "fill_directory",
    "findings_against",
    "findings_on",
    "give_back",
    "give_back_certificate",
    "give_back_enrollment",
    "give_back_profile",
    "hand_over",
    "invite_consultant",
    "load_catalogue",
    "make_copy",
    "open_windows",
    "partners_to_ask",
    "profile_to_ask",
    "public_logo",
    "publish",
    "publish_profile",
    "rebuild_listings",
    "refresh_what_ended",
    "refuse_dates",
    "refuse_line",
    "reject",
    "remind",
    "remind_of_certificates",
    "remind_of_competencies",
    "remind_of_enquiry",
    "remove",
    "resume",
    "same_proof",
    "save",
    "save_profile",
    "search_directory",
    "shown_partner",
    "sign",
    "submit",
    "suspend",
    "tell_of_versions",
    "text_has_changed",
    "types_to_ask",
    "verify",
    "verify_certificate",
    "withdraw_profile",
    "works_elsewhere",
]
