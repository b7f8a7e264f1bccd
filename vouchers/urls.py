"""Addresses of the vouchers pages, all under an organization."""

from django.urls import path

from vouchers.views import (
    activation,
    entitlement,
    figures,
    holders,
    lists,
    outlook,
    owners,
)

app_name = "vouchers"
urlpatterns = [
    path("entitlement/", entitlement.entitlement, name="entitlement"),
    path("entitlement/convert/", figures.convert, name="convert"),
    path("entitlement/<int:pk>/activate/", activation.activate, name="activate"),
    path("entitlement/<int:pk>/contacts/", activation.contacts, name="contacts"),
    path("entitlement/conversions/<int:pk>/", figures.conversion, name="conversion"),
    path("entitlement/outlook/", outlook.outlook, name="outlook"),
    path("entitlement/purchases/<int:pk>/", figures.purchase, name="purchase"),
    path("vouchers/", lists.index, name="index"),
    path("vouchers/create/", owners.create, name="create"),
    path("vouchers/validate/", holders.validate, name="validate"),
    path("vouchers/<str:number>/", lists.detail, name="detail"),
    path("vouchers/<str:number>/assign/", owners.assign, name="assign"),
    path("vouchers/<str:number>/recall/", owners.recall, name="recall"),
    path("vouchers/<str:number>/cancel/", owners.cancel, name="cancel"),
    path("vouchers/<str:number>/remind/", outlook.remind, name="remind"),
    path("vouchers/<str:number>/reserve/", holders.reserve, name="reserve"),
    path("vouchers/<str:number>/release/", holders.release, name="release"),
]
