"""Addresses of the payments pages, all under an organization."""

from django.urls import URLPattern

app_name = "payments"
urlpatterns: list[URLPattern] = []
