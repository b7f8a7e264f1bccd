"""Addresses of the enrollment pages, all under an organization."""

from django.urls import URLPattern

app_name = "enrollment"
urlpatterns: list[URLPattern] = []
