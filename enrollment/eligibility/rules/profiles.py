"""What a business profile needs before customers can see it."""

from django.utils.translation import gettext as _

from enrollment.models import BusinessProfile, ProfileDraft, ProfileState
from portal.findings import Finding
from portal.roles import Role


def check_publication(
    profile: BusinessProfile, draft: ProfileDraft, *, is_enrolled: bool
) -> list[Finding]:
    """Tell what speaks for and against showing a draft to customers."""
    return [
        _find_enrollment(is_enrolled=is_enrolled),
        _find_description(draft),
        _find_change(profile, draft),
    ]


def _find_enrollment(*, is_enrolled: bool) -> Finding:
    return Finding(
        _("Enrollment"),
        holds=is_enrolled,
        found=_("Your enrollment is active.")
        if is_enrolled
        else _("No enrollment of your company is active."),
        needed=_("A business profile can be published once your enrollment is active."),
        fix=_("Finish your enrollment; the draft is kept meanwhile."),
        who=str(Role.PARTNER_ADMIN.label),
    )


def _find_description(draft: ProfileDraft) -> Finding:
    is_described = bool(draft.description)
    return Finding(
        _("Description"),
        holds=is_described,
        found=_("There is a description.")
        if is_described
        else _("The description is empty."),
        needed=_("A description of what you plan for customers."),
        fix=_("Write a description."),
        who=str(Role.PARTNER_ADMIN.label),
    )


def _find_change(profile: BusinessProfile, draft: ProfileDraft) -> Finding:
    """Ask for a change, unless the profile was a draft: it may be shown again."""
    is_same = draft.says_the_same_as(ProfileDraft.of_shown(profile))
    holds = profile.state == ProfileState.DRAFT or not is_same
    return Finding(
        _("Changes"),
        holds=holds,
        found=_("There is something to publish.")
        if holds
        else _("Nothing has changed since customers last saw it."),
        needed=_("A change that customers do not see yet."),
        fix=_("Change the profile first."),
        who=str(Role.PARTNER_ADMIN.label),
    )
