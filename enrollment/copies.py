"""The copy of a signed agreement as PDF: what stands on it."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import override

from enrollment.models import Signature
from portal import pdf, zones
from portal.roles import Role
from portal.words import listed


def render_copy(signature: Signature) -> bytes:
    """Render what was signed, by whom and when, in the signer's language."""
    zone = signature.partner.time_zone
    with override(signature.signer.language), timezone.override(zones.zone(zone)):
        context = {
            "signature": signature,
            "agreement": signature.agreement,
            "roles": role_names(signature),
            "zone": f"{zone}, {offset_of(signature.signed_there)}",
        }
        return pdf.render("enrollment/agreement_copy", context)


def role_names(signature: Signature) -> str:
    labels = dict(Role.choices)
    return listed(labels.get(role, role) for role in signature.signer_roles)


def offset_of(moment: datetime) -> str:
    """Give how far a moment's clock is from UTC, such as UTC+02:00."""
    return f"UTC{moment.isoformat()[-6:]}"
