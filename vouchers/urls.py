"""Addresses of the vouchers pages, all under an organization."""

from django.urls import path

from vouchers.views import entitlement, extensions, holders, lists, owners

app_name = "vouchers"
urlpatterns = [
    path("entitlement/", entitlement.entitlement, name="entitlement"),
    path("entitlement/<int:pk>/activate/", entitlement.activate, name="activate"),
    path("vouchers/", lists.index, name="index"),
    path("vouchers/create/", owners.create, name="create"),
    path("vouchers/validate/", holders.validate, name="validate"),
    path("vouchers/<str:number>/", lists.detail, name="detail"),
    path("vouchers/<str:number>/assign/", owners.assign, name="assign"),
    path("vouchers/<str:number>/recall/", owners.recall, name="recall"),
    path("vouchers/<str:number>/cancel/", owners.cancel, name="cancel"),
    path("vouchers/<str:number>/extend/", extensions.extend, name="extend"),
    path("vouchers/<str:number>/reserve/", holders.reserve, name="reserve"),
    path("vouchers/<str:number>/release/", holders.release, name="release"),
]
