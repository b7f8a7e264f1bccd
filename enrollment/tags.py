"""The words of the directory that the portal ships; managers change them later."""

from django.utils.translation import gettext_noop as _

INDUSTRIES = [
    ("automotive", _("Automotive")),
    ("education", _("Education")),
    ("energy", _("Energy")),
    ("financial-services", _("Financial services")),
    ("government", _("Government")),
    ("health", _("Health")),
    ("manufacturing", _("Manufacturing")),
    ("media", _("Media and communications")),
    ("nonprofit", _("Nonprofit")),
    ("professional-services", _("Professional services")),
    ("retail", _("Retail and consumer goods")),
    ("travel", _("Travel and transport")),
]
# Names of products stay as they are in every language.
PRODUCTS = [
    ("dynamics-365", "Dynamics 365"),
    ("exchange", "Exchange"),
    ("office", "Office"),
    ("project", "Project"),
    ("sharepoint", "SharePoint"),
    ("skype-for-business", "Skype for Business"),
    ("sql-server", "SQL Server"),
    ("system-center", "System Center"),
    ("windows", "Windows"),
    ("windows-server", "Windows Server"),
]
SERVICES = [
    ("consulting", _("Consulting")),
    ("deployment", _("Deployment and migration")),
    ("integration", _("Integration")),
    ("managed-services", _("Managed services")),
    ("project-management", _("Project management")),
    ("training", _("Training")),
]
LANGUAGES = [
    ("zh", _("Chinese")),
    ("nl", _("Dutch")),
    ("en", _("English")),
    ("fr", _("French")),
    ("de", _("German")),
    ("it", _("Italian")),
    ("ja", _("Japanese")),
    ("ko", _("Korean")),
    ("pl", _("Polish")),
    ("pt", _("Portuguese")),
    ("es", _("Spanish")),
    ("sv", _("Swedish")),
]
SIZES = [
    ("small", _("1 to 49 employees")),
    ("medium", _("50 to 249 employees")),
    ("large", _("250 to 999 employees")),
    ("enterprise", _("1,000 employees and more")),
]
# Kind, short name, position in the list, name.
TAGS = [
    (kind, slug, position, name)
    for kind, words in [
        ("industry", INDUSTRIES),
        ("product", PRODUCTS),
        ("service", SERVICES),
        ("language", LANGUAGES),
        ("size", SIZES),
    ]
    for position, (slug, name) in enumerate(words)
]
