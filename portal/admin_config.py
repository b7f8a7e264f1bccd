"""Puts our admin site in the place of Django's."""

from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    """The admin app, with the site of ``portal.admin_site``."""

    default_site = "portal.admin_site.PortalAdminSite"
