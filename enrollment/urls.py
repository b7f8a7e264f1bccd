"""Addresses of the enrollment pages, all under an organization."""

from django.urls import path

from enrollment import views

app_name = "enrollment"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("competencies/add/", views.competency_add, name="competency_add"),
    path("profile/", views.profile, name="profile"),
    path("<slug:program>/", views.overview, name="program"),
    path("<slug:program>/agreement/", views.agreement, name="agreement"),
    path("<slug:program>/offerings/", views.offerings, name="offerings"),
    path("<slug:program>/check/", views.check, name="check"),
]
