"""Scheduling an engagement, reporting it, and redeeming its voucher."""

from engagements.services.leads import findings_on_all, findings_on_delivery, give_lead
from engagements.services.people import DELIVERERS
from engagements.services.planning import move_dates, schedule
from engagements.services.redemption import call_off, redeem
from engagements.services.reports import file_report
from engagements.services.silence import findings_on_silence, held_in_silence
from engagements.services.standing import findings_to_redeem, findings_to_report

__all__ = [
    "DELIVERERS",
    "call_off",
    "file_report",
    "findings_on_all",
    "findings_on_delivery",
    "findings_on_silence",
    "findings_to_redeem",
    "findings_to_report",
    "give_lead",
    "held_in_silence",
    "move_dates",
    "redeem",
    "schedule",
]
