"""How the forms of programs and offerings are grouped, and what each field means."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from portal.findings import Text

LAST_DAYS = _(
    "What ends on a day can still be done on that day; an empty day is open. Days typed"
    " here hold at once. A retirement plan shows first whom they touch, and writes to"
    " those people."
)
PROGRAM: Any = [
    (None, {"fields": ["code", "name"]}),
    (
        _("Last days"),
        {
            "description": LAST_DAYS,
            "fields": [
                "accrual_ends_on",
                "creation_ends_on",
                "pool_wipe_on",
                "reservation_ends_on",
                "redemption_ends_on",
            ],
        },
    ),
    (
        _("Benefit and vouchers"),
        {
            "fields": [
                "benefit_terms",
                "voucher_life_days",
                "expiry_anchor",
                "extended_by",
                "extension_days",
                "extensions_most",
                "extended_life_days",
                "reissue_days",
                "allows_fewer_days",
                "max_offsite_days",
            ]
        },
    ),
    (_("Payment"), {"fields": ["payment_window_days", "payment_due_days"]}),
    (
        _("Enrollment and enquiries"),
        {
            "fields": [
                "enrollment_months",
                "renewal_window_days",
                "enrollment_review_days",
                "grace_days",
                "enquiry_answer_days",
            ]
        },
    ),
    (
        _("Reminders, in days"),
        {
            "description": _("Whole numbers with commas between, such as 60, 30, 14."),
            "fields": [
                "expiry_reminder_days",
                "payment_reminder_days",
                "renewal_reminder_days",
                "grace_reminder_days",
                "agreement_reminder_days",
                "enquiry_reminder_days",
            ],
        },
    ),
]
OFFERING: Any = [
    (None, {"fields": ["program", "code", "name"]}),
    (_("Open for enrollment and vouchers"), {"fields": ["opens_on", "closes_on"]}),
    (
        _("Last days"),
        {
            "description": LAST_DAYS,
            "fields": [
                "creation_ends_on",
                "reservation_ends_on",
                "redemption_ends_on",
            ],
        },
    ),
    (_("Payment"), {"fields": ["payment_window_days"]}),
]
ENDINGS = [
    "accrual_ends_on",
    "creation_ends_on",
    "pool_wipe_on",
    "reservation_ends_on",
    "redemption_ends_on",
    "payment_window_days",
]
HELP: dict[str, Text] = {
    "accrual_ends_on": _("After this day no days are granted."),
    "creation_ends_on": _(
        "After this day no voucher is created, and none is given to other people."
    ),
    "pool_wipe_on": _("On this day the days that no voucher holds end."),
    "reservation_ends_on": _("After this day no partner reserves a voucher."),
    "redemption_ends_on": _(
        "After this day no voucher is redeemed. Vouchers keep their own last days;"
        " the earlier of the two counts."
    ),
    "payment_window_days": _("Days after redemption in which payment is requested."),
    "payment_due_days": _("Days after the approval in which the sponsor pays."),
    "voucher_life_days": _("Days from the day that is named below."),
    "benefit_terms": _("A benefit admin accepts them when activating the benefit."),
    "opens_on": _("Empty: it has always been open."),
    "closes_on": _("After this day nobody enrolls for it or makes vouchers of it."),
}
