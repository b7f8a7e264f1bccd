"""Addresses of the vouchers pages, all under an organization."""

from django.urls import path

from vouchers.views import (
    accrual,
    agreements,
    assignment,
    conversions,
    extensions,
    outlook,
    reservations,
    voucher_imports,
    vouchers,
)

app_name = "vouchers"
urlpatterns = [
    path("entitlement/", agreements.entitlement, name="entitlement"),
    path("entitlement/ledger.csv", agreements.export_csv, name="ledger_csv"),
    path("entitlement/ledger.xlsx", agreements.export_xlsx, name="ledger_xlsx"),
    path("entitlement/convert/", conversions.convert, name="convert"),
    path("entitlement/<int:pk>/activate/", agreements.activate, name="activate"),
    path("entitlement/<int:pk>/contacts/", agreements.contacts, name="contacts"),
    path(
        "entitlement/conversions/<int:pk>/", conversions.conversion, name="conversion"
    ),
    path("entitlement/outlook/", outlook.outlook, name="outlook"),
    path("entitlement/purchases/<int:pk>/", accrual.purchase, name="purchase"),
    path("vouchers/", vouchers.index, name="index"),
    path("vouchers.csv", vouchers.export_csv, name="csv"),
    path("vouchers.xlsx", vouchers.export_xlsx, name="xlsx"),
    path("vouchers/chosen/assign/", assignment.assign_many, name="assign_many"),
    path("vouchers/chosen/cancel/", assignment.cancel_many, name="cancel_many"),
    path("vouchers/chosen/download/", assignment.download, name="download_many"),
    path("vouchers/chosen/recall/", assignment.recall_many, name="recall_many"),
    path("vouchers/create/", vouchers.create, name="create"),
    path("vouchers/hand-over/", assignment.hand_over, name="hand_over"),
    path("vouchers/import/", voucher_imports.upload, name="import"),
    path(
        "vouchers/import/template/",
        voucher_imports.template,
        name="import_template",
    ),
    path(
        "vouchers/import/<uuid:ticket>/", voucher_imports.preview, name="import_preview"
    ),
    path(
        "vouchers/import/<uuid:ticket>/failed/",
        voucher_imports.failed_rows,
        name="import_failed",
    ),
    path("vouchers/validate/", reservations.validate, name="validate"),
    path("vouchers/<str:number>/", vouchers.detail, name="detail"),
    path("vouchers/<str:number>/assign/", assignment.assign, name="assign"),
    path("vouchers/<str:number>/recall/", assignment.recall, name="recall"),
    path("vouchers/<str:number>/cancel/", vouchers.cancel, name="cancel"),
    path("vouchers/<str:number>/extend/", extensions.extend, name="extend"),
    path("vouchers/<str:number>/reissue/", vouchers.reissue, name="reissue"),
    path("vouchers/<str:number>/remind/", outlook.remind, name="remind"),
    path("vouchers/<str:number>/reserve/", reservations.reserve, name="reserve"),
    path("vouchers/<str:number>/release/", reservations.release, name="release"),
]
