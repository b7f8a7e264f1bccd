"""Addresses of the enrollment pages, all under an organization."""

from django.urls import path

from enrollment.views import agreements, competencies, enrollments, profiles

app_name = "enrollment"
urlpatterns = [
    path("", enrollments.overview, name="overview"),
    path("competencies/add/", competencies.competency_add, name="competency_add"),
    path("profile/", profiles.profile, name="profile"),
    path("<slug:program>/", enrollments.overview, name="program"),
    path("<slug:program>/agreement/", agreements.agreement, name="agreement"),
    path("<slug:program>/offerings/", enrollments.offerings, name="offerings"),
    path("<slug:program>/check/", enrollments.check, name="check"),
]
