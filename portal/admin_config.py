"""Puts our admin site in the place of Django's, and speaks the reader's language."""

from django.apps import apps
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy

from portal.labels import APPS


class PortalAdminConfig(AdminConfig):
    """The admin app, with the site of ``portal.admin_site``."""

    default_site = "portal.admin_site.PortalAdminSite"

    def ready(self) -> None:
        """Let the names that Django makes of our apps and columns be translated."""
        for label, name in APPS.items():
            app = apps.get_app_config(label)
            app.verbose_name = name
            for model in app.get_models():
                for field in [*model._meta.local_fields, *model._meta.many_to_many]:
                    if isinstance(field.verbose_name, str):
                        field.verbose_name = gettext_lazy(field.verbose_name)
        super().ready()
