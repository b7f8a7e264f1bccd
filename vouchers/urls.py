"""Addresses of the vouchers pages, all under an organization."""

from django.urls import path

from portal.sheets import Form
from vouchers.views import (
    activation,
    detail,
    entitlement,
    extensions,
    figures,
    holders,
    imports,
    lists,
    many,
    outlook,
    owners,
)

CSV, XLSX = {"form": Form.CSV}, {"form": Form.XLSX}
app_name = "vouchers"
urlpatterns = [
    path("entitlement/", entitlement.entitlement, name="entitlement"),
    path("entitlement/ledger.csv", entitlement.export, CSV, name="ledger_csv"),
    path("entitlement/ledger.xlsx", entitlement.export, XLSX, name="ledger_xlsx"),
    path("entitlement/convert/", figures.convert, name="convert"),
    path("entitlement/<int:pk>/activate/", activation.activate, name="activate"),
    path("entitlement/<int:pk>/contacts/", activation.contacts, name="contacts"),
    path("entitlement/conversions/<int:pk>/", figures.conversion, name="conversion"),
    path("entitlement/outlook/", outlook.outlook, name="outlook"),
    path("entitlement/purchases/<int:pk>/", figures.purchase, name="purchase"),
    path("vouchers/", lists.index, name="index"),
    path("vouchers.csv", lists.export, CSV, name="csv"),
    path("vouchers.xlsx", lists.export, XLSX, name="xlsx"),
    path("vouchers/chosen/assign/", many.assign, name="assign_many"),
    path("vouchers/chosen/cancel/", many.cancel, name="cancel_many"),
    path("vouchers/chosen/download/", many.download, name="download_many"),
    path("vouchers/chosen/recall/", many.recall, name="recall_many"),
    path("vouchers/create/", owners.create, name="create"),
    path("vouchers/hand-over/", many.hand_over, name="hand_over"),
    path("vouchers/import/", imports.upload, name="import"),
    path(
        "vouchers/import/template/",
        imports.template,
        name="import_template",
    ),
    path("vouchers/import/<uuid:ticket>/", imports.preview, name="import_preview"),
    path("vouchers/import/<uuid:ticket>/failed/", imports.failed, name="import_failed"),
    path("vouchers/validate/", holders.validate, name="validate"),
    path("vouchers/<str:number>/", detail.detail, name="detail"),
    path("vouchers/<str:number>/assign/", owners.assign, name="assign"),
    path("vouchers/<str:number>/recall/", owners.recall, name="recall"),
    path("vouchers/<str:number>/cancel/", owners.cancel, name="cancel"),
    path("vouchers/<str:number>/extend/", extensions.extend, name="extend"),
    path("vouchers/<str:number>/reissue/", owners.reissue, name="reissue"),
    path("vouchers/<str:number>/remind/", outlook.remind, name="remind"),
    path("vouchers/<str:number>/reserve/", holders.reserve, name="reserve"),
    path("vouchers/<str:number>/release/", holders.release, name="release"),
]
