"""Competencies whose proof waits to be checked."""

from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from enrollment.models import HeldCompetency
from enrollment.services import competencies, roles
from portal.admin_base import AdminAction, ReviewAdmin
from portal.findings import Text
from portal.forms import coded_reason
from portal.models import Topic


@admin.register(HeldCompetency)
class HeldCompetencyAdmin(ReviewAdmin):
    """Competencies whose proof waits to be checked, or was."""

    list_display = ["partner", "competency", "level", "valid_until", "state"]
    list_filter = ["state", "competency"]
    list_select_related = ["partner", "competency"]
    search_fields = ["partner__name", "competency__name"]
    ordering = ["-pk"]
    record_actions = (
        AdminAction(competencies.verify, _("Verify"), *roles.REVIEWERS),
        AdminAction(
            competencies.return_for_correction,
            _("Return"),
            *roles.REVIEWERS,
            form=coded_reason(Topic.COMPETENCY),
        ),
    )

    def evidence(self, row: HeldCompetency) -> list[tuple[Text, SafeString]]:
        """Show the proof."""
        context = {"held": [row]}
        return [(_("Proof"), render_to_string("enrollment/evidence.html", context))]
