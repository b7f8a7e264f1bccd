"""The floor's two pages."""

from django.urls import path

from bench.floors import views

urlpatterns = [
    path("<int:tenant>/", views.index, name="index"),
    path("<int:tenant>/<int:pk>/move/", views.move, name="move"),
]
