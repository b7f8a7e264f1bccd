"""Every address: the floor's own, then each app's under its organization."""

from django.contrib import admin
from django.urls import include, path

from portal.views import company, documents, invitations, members, start

organization = (
    [
        path("", company.overview, name="home"),
        path("company/", company.company, name="company"),
        path("company/invite/", invitations.invite, name="invite"),
        path(
            "company/invitations/<int:pk>/withdraw/",
            invitations.withdraw_invitation,
            name="withdraw_invitation",
        ),
        path("company/locations/add/", company.add_location, name="add_location"),
        path(
            "company/members/<int:pk>/end/", members.end_membership, name="end_member"
        ),
        path("company/members/<int:pk>/roles/", members.change_roles, name="roles"),
        path("documents/<int:pk>/", documents.document, name="document"),
    ],
    "organization",
)

urlpatterns = [
    path("", start.home, name="home"),
    path("health", start.health, name="health"),
    path("demo/", start.demo_desk, name="demo"),
    path("register/", company.register, name="register"),
    path("invitation/<str:token>/", invitations.invitation, name="invitation"),
    path("language/", start.language, name="set_language"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path(
        "o/<slug:organization>/",
        include(
            [
                path("", include(organization)),
                path("enrollment/", include("enrollment.urls")),
                path("", include("vouchers.urls")),
                path("engagements/", include("engagements.urls")),
                path("payments/", include("payments.urls")),
            ]
        ),
    ),
]
