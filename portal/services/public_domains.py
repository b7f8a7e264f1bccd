"""Public mail domains: the sponsor keeps the list of those that prove no company."""

from django.db import transaction

from portal.actors import Staff
from portal.audit import record
from portal.models import PublicMailDomain
from portal.roles import Duty


def save_public_domain(domain: PublicMailDomain, *, by: Staff) -> None:
    """Keep a public mail domain; what a company has verified already stays its own."""
    by.must_be(Duty.PROGRAM_MANAGER)
    with transaction.atomic():
        domain.save()
        record("public_domain.saved", domain, by=by, parties=[])


def remove_public_domain(domain: PublicMailDomain, *, by: Staff) -> None:
    """Take a domain off the list, so that a company can prove it."""
    by.must_be(Duty.PROGRAM_MANAGER)
    with transaction.atomic():
        record("public_domain.removed", domain, by=by, parties=[])
        domain.delete()
