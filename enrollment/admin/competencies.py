"""Competencies whose proof waits to be checked."""

from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from enrollment import services
from enrollment.models import HeldCompetency
from portal.findings import Text
from portal.forms import coded_reason
from portal.models import Topic
from portal.review import Deed, ReviewAdmin


@admin.register(HeldCompetency)
class HeldCompetencyAdmin(ReviewAdmin):
    """Competencies whose proof waits to be checked, or was."""

    list_display = ["partner", "competency", "level", "valid_until", "state"]
    list_filter = ["state", "competency"]
    list_select_related = ["partner", "competency"]
    search_fields = ["partner__name", "competency__name"]
    ordering = ["-pk"]
    deeds = (
        Deed(services.verify, _("Verify"), *services.REVIEWERS),
        Deed(
            services.give_back,
            _("Return"),
            *services.REVIEWERS,
            form=coded_reason(Topic.COMPETENCY),
        ),
    )

    def evidence(self, row: HeldCompetency) -> list[tuple[Text, SafeString]]:
        """Show the proof."""
        context = {"held": [row]}
        return [(_("Proof"), render_to_string("enrollment/evidence.html", context))]
