"""Every address: the floor's own, then each app's under its organization."""

from django.contrib import admin
from django.urls import include, path

from portal.views import (
    documents,
    domains,
    home,
    invitations,
    locations,
    memberships,
    organizations,
    people,
    recovery,
    saved_lists,
    second_factors,
    table_exports,
)

handler500 = "portal.web.show_failure"

organization = (
    [
        path("", organizations.overview, name="home"),
        path("company/", organizations.company, name="company"),
        path("company/invite/", invitations.invite, name="invite"),
        path(
            "company/invitations/<int:pk>/withdraw/",
            invitations.withdraw_invitation,
            name="withdraw_invitation",
        ),
        path("company/time-zone/", organizations.time_zone, name="time_zone"),
        path("company/locations/add/", locations.add_location, name="add_location"),
        path(
            "company/members/<int:pk>/end/",
            memberships.end_membership,
            name="end_member",
        ),
        path("company/domains/verify/", domains.verify_domain, name="verify_domain"),
        path("company/domains/add/", domains.add_domain, name="add_domain"),
        path(
            "company/domains/<int:pk>/remove/",
            domains.remove_domain,
            name="remove_domain",
        ),
        path(
            "company/domains/prove/<str:token>/",
            domains.prove_domain,
            name="prove_domain",
        ),
        path("company/leave/", memberships.leave, name="leave"),
        path("company/admin/", recovery.ask_for_admin, name="ask_for_admin"),
        path("company/admin/<int:pk>/", recovery.recovery, name="recovery"),
        path("company/members/<int:pk>/roles/", memberships.change_roles, name="roles"),
        path("documents/<int:pk>/", documents.document, name="document"),
        path(
            "downloads/<uuid:ticket>/", table_exports.table_export, name="table_export"
        ),
        path(
            "downloads/<uuid:ticket>/file/",
            table_exports.table_export_file,
            name="table_export_file",
        ),
        path("lists/save/", saved_lists.save, name="save_address"),
        path("lists/remove/", saved_lists.remove, name="remove_address"),
    ],
    "organization",
)

urlpatterns = [
    path("", home.home, name="home"),
    path("health", home.health, name="health"),
    path("demo/", home.demo_desk, name="demo"),
    path("demo/files/<int:pk>/", documents.demo_attachment, name="demo_attachment"),
    path("partners/", include("enrollment.directory_urls")),
    path("register/", organizations.register, name="register"),
    path("my-company/", recovery.my_company, name="my_company"),
    path("invitation/<str:token>/", invitations.invitation, name="invitation"),
    path("language/", home.language, name="set_language"),
    path("accounts/name/", people.change_name, name="change_name"),
    path(
        "accounts/second-factor/lost/",
        second_factors.lost_second_factor,
        name="lost_second_factor",
    ),
    path(
        "accounts/second-factor/stop/<str:token>/",
        second_factors.stop,
        name="stop_recovery",
    ),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path(
        "o/<slug:organization>/",
        include(
            [
                path("enrollment/", include("enrollment.urls")),
                path("engagements/", include("engagements.urls")),
                path("payments/", include("payments.urls")),
                path("", include("vouchers.urls")),
                path("", include(organization)),
            ]
        ),
    ),
]
