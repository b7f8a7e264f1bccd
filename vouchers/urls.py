"""Addresses of the vouchers pages, all under an organization."""

from django.urls import URLPattern

app_name = "vouchers"
urlpatterns: list[URLPattern] = []
