"""Addresses of the payments pages, all under an organization."""

from django.urls import path

from payments import views

app_name = "payments"
urlpatterns = [
    path("", views.index, name="index"),
    path("request/", views.request_payment, name="request"),
    path("<str:reference>/", views.detail, name="detail"),
    path("<str:reference>/correct/", views.correct, name="correct"),
    path("<str:reference>/cancel/", views.cancel, name="cancel"),
]
