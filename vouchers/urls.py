"""Addresses of the vouchers pages, all under an organization."""

from django.urls import path

from vouchers import views

app_name = "vouchers"
urlpatterns = [
    path("entitlement/", views.entitlement, name="entitlement"),
    path("entitlement/<int:pk>/activate/", views.activate, name="activate"),
    path("vouchers/", views.index, name="index"),
    path("vouchers/create/", views.create, name="create"),
    path("vouchers/validate/", views.validate, name="validate"),
    path("vouchers/<str:number>/", views.detail, name="detail"),
    path("vouchers/<str:number>/assign/", views.assign, name="assign"),
    path("vouchers/<str:number>/recall/", views.recall, name="recall"),
    path("vouchers/<str:number>/cancel/", views.cancel, name="cancel"),
    path("vouchers/<str:number>/reserve/", views.reserve, name="reserve"),
    path("vouchers/<str:number>/release/", views.release, name="release"),
]
