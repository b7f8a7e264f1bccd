"""Addresses of the enrollment pages, all under an organization."""

from django.urls import path

from enrollment.views import (
    agreements,
    competencies,
    consultants,
    enquiries,
    enrollments,
    leavers,
    profiles,
    programs,
)

app_name = "enrollment"
urlpatterns = [
    path("", enrollments.overview, name="overview"),
    path("competencies/add/", competencies.competency_add, name="competency_add"),
    path("consultants/", consultants.index, name="consultants"),
    path("consultants/invite/", consultants.invite, name="consultant_invite"),
    path("consultants/confirm/", consultants.confirm, name="consultant_confirm"),
    path("consultants/coverage/", consultants.coverage, name="coverage"),
    path("consultants/leaver/", leavers.what_if, name="leaver"),
    path("consultants/hand-over/<int:pk>/", leavers.hand_over, name="hand_over"),
    path("consultants/<int:pk>/", consultants.detail, name="consultant"),
    path("consultants/<int:pk>/end/", consultants.end, name="consultant_end"),
    path(
        "consultants/<int:pk>/certificates/add/",
        consultants.add,
        name="certificate_add",
    ),
    path("enquiries/", enquiries.index, name="enquiries"),
    path("enquiries/new/", enquiries.enquire, name="enquire"),
    path("enquiries/<int:pk>/", enquiries.detail, name="enquiry"),
    path("enquiries/<int:pk>/accept/", enquiries.accept, name="enquiry_accept"),
    path("enquiries/<int:pk>/decline/", enquiries.decline, name="enquiry_decline"),
    path("profiles/", profiles.profiles, name="profiles"),
    path("profiles/add/", profiles.profile_add, name="profile_add"),
    path("profiles/<slug:country>/", profiles.profile, name="profile"),
    path(
        "profiles/<slug:country>/preview/",
        profiles.profile_preview,
        name="profile_preview",
    ),
    path(
        "profiles/<slug:country>/publish/",
        profiles.profile_publish,
        name="profile_publish",
    ),
    path(
        "profiles/<slug:country>/withdraw/",
        profiles.profile_withdraw,
        name="profile_withdraw",
    ),
    path("<slug:program>/", enrollments.overview, name="program"),
    path("<slug:program>/eligibility/", programs.eligibility, name="eligibility"),
    path("<slug:program>/agreement/", agreements.agreement, name="agreement"),
    path("<slug:program>/agreement/signed/", agreements.signatures, name="signatures"),
    path(
        "<slug:program>/agreement/<int:version>/",
        agreements.agreement_version,
        name="agreement_version",
    ),
    path("<slug:program>/offerings/", enrollments.offerings, name="offerings"),
    path(
        "<slug:program>/offerings/add/", enrollments.add_offering, name="add_offering"
    ),
    path("<slug:program>/confirm/<slug:section>/", enrollments.confirm, name="confirm"),
    path("<slug:program>/check/", enrollments.check, name="check"),
    path("<slug:program>/sent/", enrollments.show_sent, name="sent"),
]
