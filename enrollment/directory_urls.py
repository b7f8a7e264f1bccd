"""Addresses of the directory that everybody may open."""

from django.urls import path

from enrollment.views import directory, profiles

app_name = "directory"
urlpatterns = [
    path("", directory.index, name="index"),
    path("logos/<int:profile>/<slug:sha256>.png", profiles.logo, name="logo"),
    path("<slug:slug>/<slug:country>/", directory.partner, name="partner"),
    path("<slug:slug>/<slug:country>/contact/", directory.contact, name="contact"),
]
