"""What Celery's beat starts, and when: every entry is safe to start twice."""

from typing import Any

from celery.schedules import crontab

# Where each kind of reminder is declared, and when it is told.
REMINDERS = {
    # Once more for vouchers on which somebody worked at that moment.
    "vouchers.services.nightly.REMINDER": crontab(hour="6,7", minute="0"),
    # Hourly by day: a plan that is published is announced within the hour.
    "vouchers.services.retirement_letters.REMINDER": crontab(hour="6-20", minute="50"),
    "enrollment.services.renewals.REMINDER": crontab(hour="6", minute="15"),
    "enrollment.services.renewals.COMPETENCY_REMINDER": crontab(hour="6", minute="20"),
    "enrollment.services.renewals.CERTIFICATE_REMINDER": crontab(hour="6", minute="25"),
    "enrollment.services.enquiries.REMINDER": crontab(hour="7", minute="0"),
    "payments.services.requests.WINDOW_REMINDER": crontab(hour="6", minute="30"),
}

BEAT: dict[str, dict[str, Any]] = {
    "send waiting mail": {
        "task": "portal.tasks.send_waiting",
        "schedule": 60.0,
        # Whoever comes to it late leaves it to the next one.
        "options": {"expires": 60},
    },
    "forget ended sessions": {
        "task": "portal.tasks.forget_sessions",
        "schedule": crontab(hour="3", minute="40"),
    },
    "forget sealed mails": {
        "task": "portal.tasks.forget_sealed",
        "schedule": crontab(hour="3", minute="45"),
    },
    "remove lost second factors": {
        "task": "portal.tasks.remove_lost_second_factors",
        "schedule": crontab(minute="35"),
    },
    "check time zones": {
        "task": "portal.tasks.check_zones",
        "schedule": crontab(minute="5"),  # before the deadlines, counted in them
    },
    "file missing invoices": {
        "task": "payments.tasks.file_missing_invoices",
        "schedule": 300.0,
    },
    "expire free days": {
        "task": "vouchers.tasks.expire_free_days",
        "schedule": crontab(minute="20"),  # after the vouchers, whose days return
    },
    "expire vouchers": {
        "task": "vouchers.tasks.expire_overdue",
        "schedule": crontab(minute="15"),  # midnight comes hourly, somewhere
    },
    "foresee days that will be lost": {
        "task": "vouchers.tasks.foresee_days",
        # After midnight in the far west of the customers, and in their east.
        "schedule": crontab(hour="4,16", minute="35"),
    },
    "apply policy exceptions": {
        "task": "vouchers.tasks.apply_exceptions",
        "schedule": 300.0,
    },
    "sweep tables to read and to make": {
        "task": "portal.tasks.sweep_tables",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "forget temporary files": {
        "task": "portal.tasks.forget_temporary_files",
        "schedule": crontab(minute="50"),
    },
    "turn enrollment periods": {
        "task": "enrollment.tasks.turn_periods",
        "schedule": crontab(minute="30"),
    },
    "copy signed agreements": {
        "task": "enrollment.tasks.copy_missing_signatures",
        "schedule": 300.0,
    },
    "tell of agreements": {
        "task": "enrollment.tasks.tell_of_agreements",
        "schedule": crontab(hour="6", minute="45"),
    },
    "close silent enquiries": {
        "task": "enrollment.tasks.close_silent_enquiries",
        "schedule": crontab(minute="45"),
    },
    "refresh the directory": {
        "task": "enrollment.tasks.refresh_listings_nightly",
        "schedule": crontab(hour="1", minute="10"),
    },
    "rebuild the directory": {
        "task": "enrollment.tasks.rebuild_listings",
        "schedule": crontab(day_of_week="sunday", hour="2", minute="20"),
    },
    "end the access of leavers": {
        "task": "enrollment.tasks.end_access_of_leavers",
        "schedule": crontab(minute="45"),
    },
    **{
        f"remind: {name}": {
            "task": "portal.tasks.remind",
            "args": [name],
            "schedule": schedule,
        }
        for name, schedule in REMINDERS.items()
    },
}
