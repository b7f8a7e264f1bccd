"""Addresses of the engagements pages, all under an organization."""

from django.urls import path

from engagements import views

app_name = "engagements"
urlpatterns = [
    path("", views.index, name="index"),
    path("schedule/<str:number>/", views.schedule, name="schedule"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/dates/", views.dates, name="dates"),
    path("<int:pk>/lead/", views.lead, name="lead"),
    path("<int:pk>/report/", views.report, name="report"),
    path("<int:pk>/redeem/", views.redeem, name="redeem"),
]
