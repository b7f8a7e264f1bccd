"""Addresses of the engagements pages, all under an organization."""

from django.urls import URLPattern

app_name = "engagements"
urlpatterns: list[URLPattern] = []
