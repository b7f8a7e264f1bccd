"""Every address: the floor's own, then each app's under its organization."""

from django.contrib import admin
from django.urls import include, path

from portal import views

organization = (
    [
        path("", views.overview, name="home"),
        path("company/", views.company, name="company"),
        path("company/invite/", views.invite, name="invite"),
        path(
            "company/invitations/<int:pk>/withdraw/",
            views.withdraw_invitation,
            name="withdraw_invitation",
        ),
        path("company/locations/add/", views.add_location, name="add_location"),
        path("company/members/<int:pk>/end/", views.end_membership, name="end_member"),
        path("company/members/<int:pk>/roles/", views.change_roles, name="roles"),
        path("documents/<int:pk>/", views.document, name="document"),
    ],
    "organization",
)

urlpatterns = [
    path("", views.home, name="home"),
    path("health", views.health, name="health"),
    path("demo/", views.demo_desk, name="demo"),
    path("register/", views.register, name="register"),
    path("invitation/<str:token>/", views.invitation, name="invitation"),
    path("language/", views.language, name="set_language"),
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
