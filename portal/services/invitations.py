"""Invitations: sending, withdrawing, accepting."""

from collections.abc import Sequence

from allauth.account.models import EmailAddress
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from portal import clock, limits, mail
from portal.actors import Member, Staff
from portal.audit import record
from portal.db import lock_row
from portal.findings import Refused
from portal.models import Domain, Invitation, Membership, Organization, User
from portal.models.invitations import hash_of, new_token
from portal.services import invitations_sql, memberships
from portal.services import roles as role_services
from portal.shown import ensure_once
from portal.tenancy import acting_for


def invite(email: str, roles: Sequence[str], *, by: Member) -> Invitation:
    """Invite somebody into the actor's organization, by a link that expires."""
    by.must_be(*role_services.ADMINS)
    memberships.ensure_fit(roles, by)
    colleagues = Membership.objects.active().filter(organization=by.organization)
    if colleagues.filter(person__email=email.strip().lower()).exists():
        raise Refused(
            _("%(email)s is already in your organization.") % {"email": email}
        )
    _count(by.organization, email.strip().lower(), by)
    return send_invitation(by.organization, email, roles, by=by)


def _count(organization: Organization, email: str, by: Member) -> None:
    """Count an invitation: nobody sends mails to strangers under a company's name."""
    is_verified = Domain.objects.verified().filter(organization=organization).exists()
    limit = (
        settings.INVITATION_LIMIT
        if is_verified
        else settings.INVITATION_UNVERIFIED_LIMIT
    )
    limits.count_attempt("invitation", organization.pk, limit)
    limits.count_attempt("invitation-by", by.person_id, settings.INVITATION_LIMIT)
    limits.count_attempt("invitation-to", email, settings.INVITATION_ADDRESS_LIMIT)


def send_invitation(
    organization: Organization, email: str, roles: Sequence[str], *, by: Member | Staff
) -> Invitation:
    email = email.strip().lower()
    token = new_token()
    # The organization is the lock: the button pressed twice invites once.
    with lock_row(organization):
        alike = Invitation.objects.filter(organization=organization, email=email)
        ensure_once(alike.filter(invited_by=by.person, roles=list(roles)))
        # One open link for each guest: an earlier one ends here.
        earlier = Invitation.objects.open().filter(organization=organization)
        earlier.filter(email=email).update(expires_at=clock.now())
        invitation = Invitation.objects.create(
            organization=organization,
            email=email,
            roles=list(roles),
            token_hash=hash_of(token),
            invited_by=by.person,
        )
        record("invitation.sent", invitation, by=by, parties=[organization.pk])
        mail.queue_sealed(
            "invitation",
            to=_guest(email, by.person),
            key=str(invitation.pk),
            caused_by=by.person,
            invitation=invitation,
            path=reverse("invitation", args=[token]),
        )
    return invitation


def _guest(email: str, host: User) -> User:
    """Return the invited person; one without an account gets the host's language."""
    person = User.objects.filter(email=email).first()
    return person or User(email=email, language=host.language)


def withdraw_invitation(invitation: Invitation, *, by: Member) -> None:
    """Make the link of an open invitation useless."""
    by.must_be(*role_services.ADMINS)
    with lock_row(invitation) as current:
        if not current.is_open:
            raise Refused(_("This invitation was used already or has expired."))
        current.expires_at = clock.now()
        current.save()
        record(
            "invitation.withdrawn", current, by=by, parties=[current.organization_id]
        )


def invitation_by(token: str) -> Invitation | None:
    """Find the open invitation that a link stands for."""
    organization = invitations_sql.inviting_organization(hash_of(token))
    if organization is None:
        return None
    with acting_for(organization):
        return (
            Invitation.objects.open()
            .select_related("organization", "invited_by")
            .filter(token_hash=hash_of(token))
            .first()
        )


def belongs_to(invitation: Invitation, person: User) -> bool:
    """Tell whether the invited address is proven to be this person's."""
    addresses = EmailAddress.objects.filter(user=person, verified=True)
    return bool(addresses.filter(email=invitation.email).exists())


def accept(invitation: Invitation, *, by: User) -> Membership:
    """Join an organization by invitation; only the invited address can."""
    if not belongs_to(invitation, by):
        raise Refused(
            _("This invitation was sent to %(email)s. Sign in with that address.")
            % {"email": invitation.email}
        )
    with (
        acting_for(invitation.organization_id, person=by.pk),
        lock_row(invitation) as current,
    ):
        if not current.is_open:
            raise Refused(_("This invitation was used already or has expired."))
        current.accepted_at = clock.now()
        current.save()
        membership = memberships.join(current.organization, by, current.roles)
        record(
            "invitation.accepted",
            current,
            by=Member.of(membership),
            parties=[current.organization_id],
        )
        return membership
