"""Consultants, and certificates whose proof waits to be checked."""

from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.models import Certificate, Consultant
from enrollment.services import consultants, roles
from portal.admin_base import AdminAction, ReviewAdmin
from portal.findings import Text
from portal.forms import coded_reason
from portal.models import Topic

Blocks = list[tuple[Text, SafeString]]


def certificates_block(title: Text, rows: object) -> Blocks:
    html = render_to_string(
        "enrollment/consultants/evidence.html", {"certificates": rows}
    )
    return [(title, html)]


@admin.register(Consultant)
class ConsultantAdmin(ReviewAdmin):
    """People who have confirmed to work for a partner."""

    list_display = ["person", "partner", "since", "until"]
    list_select_related = ["person", "partner"]
    search_fields = ["person__name", "person__email", "partner__name"]
    ordering = ["-pk"]
    fields = ["person", "partner", "since", "until", "confirmed_at"]

    def evidence(self, row: Consultant) -> Blocks:
        """Show every certificate."""
        rows = row.certificates.select_related("exam", "proof", "consultant__person")
        return certificates_block(_("Certificates"), rows.order_by("-pk"))


@admin.register(Certificate)
class CertificateAdmin(ReviewAdmin):
    """Certificates whose proof waits to be checked, or was."""

    list_display = [
        "consultant",
        "exam",
        "partner",
        "passed_on",
        "valid_until",
        "state",
    ]
    list_filter = ["state", "exam"]
    list_select_related = ["consultant__person", "exam", "partner"]
    search_fields = ["consultant__person__name", "partner__name", "exam__code"]
    ordering = ["-pk"]
    fields = [
        "consultant",
        "partner",
        "exam",
        "passed_on",
        "valid_until",
        "state",
        "decided_by",
        "reason",
        "return_reason",
    ]
    record_actions = (
        AdminAction(
            consultants.verify_certificate,
            gettext_lazy("Verify"),
            *roles.REVIEWERS,
            move="verify",
        ),
        AdminAction(
            consultants.return_certificate,
            gettext_lazy("Return"),
            *roles.REVIEWERS,
            form=coded_reason(Topic.CERTIFICATE),
            move="return_for_correction",
        ),
    )

    def evidence(self, row: Certificate) -> Blocks:
        """Show the proof, and whose certificates have the same file as proof."""
        blocks = certificates_block(_("Proof"), [row])
        twins = consultants.same_proof(row)
        title = _("The same file was handed in for somebody else")
        return blocks + (certificates_block(title, twins) if twins else [])
