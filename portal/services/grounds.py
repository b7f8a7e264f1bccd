"""Grounds: what speaks for and against making a colleague admin."""

from datetime import timedelta

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal import clock
from portal.findings import Finding
from portal.models import AdminRecovery, Membership, User
from portal.services.addresses import works_at
from portal.services.rights import ADMINS
from portal.words import listed


def judge_recovery(recovery: AdminRecovery) -> list[Finding]:
    """Hold what a reviewer weighs against what is known; only the first one binds."""
    return [belongs_here(recovery), admins_are_away(recovery), nobody_objects(recovery)]


def belongs_here(recovery: AdminRecovery) -> Finding:
    """Tell whether the colleague works at the company, as far as can be proved."""
    here = Membership.objects.active().filter(organization=recovery.organization)
    mine = here.filter(person=recovery.person).first()
    is_proved = works_at(recovery.organization, recovery.person)
    found = [_("Signs in as %(email)s.") % {"email": recovery.person.email}]
    if is_proved:
        found.append(_("Has a verified address at the company's mail domain."))
    if mine:
        found.append(_("In the company as %(roles)s.") % {"roles": mine.role_names})
    if not is_proved and not mine:
        found.append(_("Nothing ties this person to the company."))
    return Finding(
        _("Colleague"),
        holds=recovery.person.is_active and (is_proved or mine is not None),
        found=" ".join(found),
        needed=_(
            "A verified e-mail address at the company's mail domain, or a role in it."
        ),
        fix=_("Decline, and say how the colleague can prove to work there."),
    )


def admins_are_away(recovery: AdminRecovery) -> Finding:
    """Tell when each admin of the company signed in last."""
    here = Membership.objects.with_role(*ADMINS)
    admins = here.filter(organization=recovery.organization).select_related("person")
    people = [admin.person for admin in admins]
    long_ago = clock.now() - timedelta(days=settings.ADMIN_AWAY_DAYS)
    present = [
        p for p in people if p.is_active and (p.last_login or long_ago) > long_ago
    ]
    return Finding(
        _("Earlier admins"),
        holds=not present,
        found=listed(_last_seen(person) for person in people) or _("There is none."),
        needed=_("Nobody who has signed in within %(days)s days.")
        % {"days": settings.ADMIN_AWAY_DAYS},
        fix=_("Ask the company by telephone before you decide."),
    )


def _last_seen(person: User) -> str:
    names = {"name": person.name, "email": person.email}
    if not person.is_active:
        return _("%(name)s (%(email)s): the account is closed") % names
    if person.last_login is None:
        return _("%(name)s (%(email)s): has never signed in") % names
    day = date_format(person.last_login, "DATE_FORMAT")
    return _("%(name)s (%(email)s): signed in last on %(day)s") % {**names, "day": day}


def nobody_objects(recovery: AdminRecovery) -> Finding:
    """Tell what an admin who is still there says against it."""
    found = _("No admin has objected.")
    if recovery.objected_by:
        found = _("%(name)s objects: %(words)s") % {
            "name": recovery.objected_by,
            "words": recovery.objection,
        }
    return Finding(
        _("Objection"),
        holds=recovery.objected_by is None,
        found=found,
        needed=_("No objection of an admin who is still there."),
        fix=_("Settle this with the company before you decide."),
    )
