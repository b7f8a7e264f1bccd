"""Recovery of a company's admin: asking, evidence for and against, the decision."""

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal import clock, limits, mail
from portal.actors import Member, Staff
from portal.audit import record, record_all
from portal.db import lock_row, lock_rows, save_rows
from portal.findings import Finding, Refused, unmet_findings
from portal.models import AdminRecovery, AuditEntry, Membership, Organization, User
from portal.roles import ADMIN_OF, Side
from portal.services import domains, memberships, people, roles
from portal.tenancy import acting_for
from portal.text import join_words


def check_recovery(recovery: AdminRecovery) -> list[Finding]:
    """Hold what a reviewer weighs against what is known; only the first one binds."""
    return [belongs_here(recovery), admins_are_away(recovery), nobody_objects(recovery)]


def belongs_here(recovery: AdminRecovery) -> Finding:
    """Tell whether the colleague works at the company, as far as can be proved."""
    active_memberships = Membership.objects.active().filter(
        organization=recovery.organization
    )
    membership = active_memberships.filter(person=recovery.person).first()
    is_proved = domains.works_at(recovery.organization, recovery.person)
    facts = [_("Signs in as %(email)s.") % {"email": recovery.person.email}]
    if is_proved:
        facts.append(_("Has a verified address at the company's mail domain."))
    if membership:
        facts.append(
            _("In the company as %(roles)s.") % {"roles": membership.role_names}
        )
    if not is_proved and not membership:
        facts.append(_("Nothing ties this person to the company."))
    return Finding(
        _("Colleague"),
        holds=recovery.person.is_active and (is_proved or membership is not None),
        found=" ".join(facts),
        needed=_(
            "A verified e-mail address at the company's mail domain, or a role in it."
        ),
        fix=_("Decline, and say how the colleague can prove to work there."),
    )


def admins_are_away(recovery: AdminRecovery) -> Finding:
    """Tell when each admin of the company signed in last."""
    current_admins = Membership.objects.with_role(*roles.ADMINS)
    admins = current_admins.filter(organization=recovery.organization).select_related(
        "person"
    )
    people = [admin.person for admin in admins]
    long_ago = clock.now() - timedelta(days=settings.ADMIN_AWAY_DAYS)
    present = [
        p for p in people if p.is_active and (p.last_login or long_ago) > long_ago
    ]
    return Finding(
        _("Earlier admins"),
        holds=not present,
        found=join_words(_last_seen(person) for person in people)
        or _("There is none."),
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
    found_text = _("No admin has objected.")
    if recovery.objected_by:
        found_text = _("%(name)s objects: %(words)s") % {
            "name": recovery.objected_by,
            "words": recovery.objection,
        }
    return Finding(
        _("Objection"),
        holds=recovery.objected_by is None,
        found=found_text,
        needed=_("No objection of an admin who is still there."),
        fix=_("Settle this with the company before you decide."),
    )


def ask_for_invitation(domain: str, *, by: User) -> None:
    """Write to the admins of the company at a domain: a colleague wants to come in.

    Whether anybody reads it is not told.
    """
    organization = _company(domain, by)
    limits.count_attempt("recovery", by.pk, settings.RECOVERY_LIMIT)
    with acting_for(organization.pk, person=by.pk):
        actor = Member(by, organization)
        parties = [organization.pk]
        entry = record("organization.knocked", organization, by=actor, parties=parties)
        mail.queue_all(
            "invitation-asked",
            people.people_with(organization, *roles.ADMINS),
            key=str(entry.pk),
            asker=by,
            organization=organization,
            path=reverse("organization:invite", args=[organization.slug]),
        )


def ask_for_admin_at(domain: str, explanation: str, *, by: User) -> AdminRecovery:
    """Ask to become admin of the company at a domain where one has an address."""
    organization = _company(domain, by)
    with acting_for(organization.pk, person=by.pk):
        actor = Member(by, organization)
        return _ask(organization, explanation, by=actor)


def ask_for_admin(explanation: str, *, by: Member) -> AdminRecovery:
    """Ask to become admin of the organization in which one has another role."""
    by.must_be(*roles.COLLEAGUES)
    return _ask(by.organization, explanation, by=by)


def _company(domain: str, person: User) -> Organization:
    company = domains.companies_of(person).get(domain)
    if company is None:
        raise Refused(
            _(
                "No company is registered with a mail domain at which you have a"
                " verified e-mail address."
            )
        )
    return company


def _ask(organization: Organization, explanation: str, *, by: Member) -> AdminRecovery:
    person = by.person
    _may_become_admin(organization, person)
    limits.count_attempt("recovery", person.pk, settings.RECOVERY_LIMIT)
    try:
        with transaction.atomic():
            recovery = AdminRecovery.objects.create(
                organization=organization, person=person, explanation=explanation
            )
    except IntegrityError as error:  # admin_recovery_one_open
        raise Refused(
            _("You have asked already. The sponsor answers by mail.")
        ) from error
    parties = [organization.pk]
    _notify_of(recovery, record("recovery.asked", recovery, by=by, parties=parties))
    return recovery


def _may_become_admin(organization: Organization, person: User) -> None:
    if person.is_staff:
        raise Refused(_("People who work at the sponsor cannot join an organization."))
    admins = Membership.objects.admins().filter(organization=organization)
    if admins.filter(person=person).exists():
        raise Refused(_("You are an admin of this company already."))


def _notify_of(recovery: AdminRecovery, entry: AuditEntry) -> None:
    """Write to the reviewers, and to the admins in case they are still there."""
    slug = recovery.organization.slug
    mail.queue_all(
        "recovery-asked",
        people.staff_with(*roles.SAFETY),
        key=str(entry.pk),
        recovery=recovery,
        path=reverse("admin:portal_adminrecovery_change", args=[recovery.pk]),
    )
    mail.queue_all(
        "recovery-asked-admin",
        people.people_with(recovery.organization, *roles.ADMINS),
        key=str(entry.pk),
        recovery=recovery,
        path=reverse("organization:recovery", args=[slug, recovery.pk]),
    )


def object_to(recovery: AdminRecovery, objection: str, *, by: Member) -> None:
    """Say as an admin what speaks against another one; the reviewer reads it."""
    by.must_be(*roles.ADMINS)
    with lock_row(recovery) as current:
        if not current.is_open:
            raise Refused(_("The sponsor has decided about this already."))
        current.objection = objection
        current.objected_by = by.person
        current.save()
        parties = [current.organization_id]
        record("recovery.objected", current, by=by, parties=parties, reason=objection)


def approve_recovery(
    recovery: AdminRecovery, *, departed: Sequence[str] = (), by: Staff
) -> None:
    """Make the colleague admin, and end the access of admins who have left."""
    by.must_be(*roles.SAFETY)
    organization = recovery.organization
    with lock_row(organization), lock_row(recovery) as current:
        current.approve()
        missing = unmet_findings([belongs_here(current)])
        if missing:
            raise Refused(_("The colleague cannot become admin."), missing)
        current.decided_by = by.person
        current.save()
        earlier = _admins_at(organization, departed)
        to_tell = people.people_with(organization, *roles.ADMINS, *roles.COLLEAGUES)
        # The new admin comes first: an organization is never without one.
        memberships.join(
            organization, current.person, [ADMIN_OF[Side(organization.kind)]], by=by
        )
        _end(earlier, current.person, by=by)
        parties = [organization.pk]
        entry = record("recovery.approved", current, by=by, parties=parties)
        mail.queue_all(
            "recovery-approved",
            [current.person, *to_tell],
            key=str(entry.pk),
            recovery=current,
            departed=[membership.person for membership in earlier],
            to_former=True,
            path=reverse("organization:company", args=[organization.slug]),
        )


def _admins_at(organization: Organization, emails: Sequence[str]) -> list[Membership]:
    admins_here = Membership.objects.with_role(*roles.ADMINS).filter(
        organization=organization
    )
    admins = {m.person.email: m for m in admins_here.select_related("person")}
    unknown = [email for email in emails if email not in admins]
    if unknown:
        raise Refused(
            _("%(email)s is no admin of %(name)s.")
            % {"email": unknown[0], "name": organization}
        )
    return [admins[email] for email in dict.fromkeys(emails)]


def _end(memberships: list[Membership], successor: User, *, by: Staff) -> None:
    if successor.pk in {membership.person_id for membership in memberships}:
        raise Refused(_("The new admin has not left. Name the earlier ones."))
    keys = [membership.pk for membership in memberships]
    with lock_rows(Membership.objects.filter(pk__in=keys)) as rows:
        for row in rows:
            row.is_active = False
        save_rows(rows, ["is_active"])
        ended = [(row, row.organization_id) for row in rows]
        record_all("membership.ended", ended, by=by)


def decline_recovery(recovery: AdminRecovery, *, reason: str, by: Staff) -> None:
    """Leave the company's admins as they are, and say why."""
    by.must_be(*roles.SAFETY)
    with lock_row(recovery) as current:
        current.decline(reason=reason)
        current.decided_by = by.person
        current.save()
        parties = [current.organization_id]
        entry = record(
            "recovery.declined", current, by=by, parties=parties, reason=reason
        )
        mail.queue(
            "recovery-declined", to=current.person, key=str(entry.pk), recovery=current
        )
