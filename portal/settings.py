"""Every setting of the portal; what differs between machines comes from PORTAL_…."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from redis.backoff import NoBackoff
from redis.retry import Retry

from portal.beat import BEAT

ROOT = Path(__file__).resolve().parent.parent

# The machine
SECRET_KEY = os.environ["PORTAL_SECRET_KEY"]
DEBUG = os.getenv("PORTAL_DEBUG") == "1"
DEMO = os.getenv("PORTAL_DEMO") == "1"
ORIGIN = os.getenv("PORTAL_ORIGIN", "http://localhost:8400")
ALLOWED_HOSTS = os.getenv("PORTAL_HOSTS", "localhost").split(",")
CSRF_TRUSTED_ORIGINS = [ORIGIN]
REDIS_URL = os.environ["PORTAL_REDIS_URL"]
FILES = Path(os.getenv("PORTAL_FILES", ROOT / "var" / "files"))
MAIL_URL = os.getenv("PORTAL_MAIL_URL", "")

DATABASES = {
    # The portal's own login: owns nothing and cannot pass by a policy.
    "default": dj_database_url.parse(
        os.environ["PORTAL_DATABASE_URL"],
        conn_health_checks=True,
    ),
}
# Many requests are under way at once, most of them waiting for their client: a process
# shares so many connections among those who ask the database.
DATABASES["default"]["OPTIONS"] = {
    "pool": {
        "min_size": 1,
        "max_size": int(os.getenv("PORTAL_CONNECTIONS", "20")),
        "timeout": 5,
    }
}
if "PORTAL_OWNER_DATABASE_URL" in os.environ:
    # The owner of the tables, for migrations only.
    DATABASES["owner"] = dj_database_url.parse(os.environ["PORTAL_OWNER_DATABASE_URL"])

# Our apps, lowest layer first: an app may import only from those before it.
FIRST_PARTY_APPS = ["portal", "enrollment", "vouchers", "engagements", "payments"]

INSTALLED_APPS = [
    *FIRST_PARTY_APPS,
    "portal.admin_config.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django_fsm",
    "pgtrigger",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
]

MIDDLEWARE = [
    # First, so that no answer of those below leaves without its headers.
    "portal.web.HeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    # Before all that may read what was sent.
    "portal.web.SizeMiddleware",
    "portal.web.MethodsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.tenancy.NarrowMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "portal.typed.TypedTextMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.accounts.LanguageMiddleware",
    "portal.accounts.PrivateMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.shown.ShownMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.web.page_context",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Files: static ones for everybody, documents only through a permission check
STATIC_URL = "static/"
STATIC_ROOT = Path(os.getenv("PORTAL_STATIC", ROOT / "var" / "static"))
STATICFILES_DIRS = [ROOT / "static"]
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "documents": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": FILES, "file_permissions_mode": 0o600},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    },
}
DOCUMENT_MAX_BYTES = 25 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# Languages and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hant", _("Traditional Chinese"))]
# Our words, then those of packages that we say otherwise.
LOCALE_PATHS = [ROOT / "locale", ROOT / "locale" / "borrowed"]
FORMAT_MODULE_PATH = ["portal.formats"]
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = "UTC"
USE_TZ = True

# People and sign-in
AUTH_USER_MODEL = "portal.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation"
        ".UserAttributeSimilarityValidator"
    },
    {"NAME": "portal.passwords.GuessedPasswordValidator"},
]
# Words that everybody tries first for a password of this portal.
PASSWORD_CONTEXT = ["planning", "services", "portal", "voucher", "partner", "customer"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "portal.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = "portal.accounts.display_name"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_SIGNUP_FORM_CLASS = "portal.accounts.SignUpNameForm"
ACCOUNT_FORMS = {
    "signup": "portal.sign_up.SignUpForm",
    "confirm_email_verification_code": "portal.sign_up.ProofForm",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
# As long as the mail says.
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Who changes how an account is entered proves it again, and its owner is told.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
MFA_ADAPTER = "portal.accounts.SecondFactorAdapter"
MFA_FORMS = {
    "add_webauthn": "portal.accounts.AddKeyForm",
    "edit_webauthn": "portal.accounts.EditKeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Planning Services Portal"
MFA_TOTP_TOLERANCE = 1  # a code typed as it changes still counts
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMO
INVITATION_LIFE_DAYS = 7
INVITATION_LIMIT = "50/86400s"  # of a person, and of a company with a mail domain
INVITATION_UNVERIFIED_LIMIT = "5/86400s"  # of a company without one
INVITATION_ADDRESS_LIMIT = "3/86400s"  # to one address, whoever invites it
REGISTRATION_LIMIT = "3/86400s"  # companies that one person registers
DOMAIN_LINK_LIFE_DAYS = 3
DOMAIN_LIMIT = "10/86400s"
RECOVERY_LIMIT = "5/86400s"
# So long a person can object before a lost second factor is removed.
SECOND_FACTOR_WAIT_DAYS = max(1, int(os.getenv("PORTAL_SECOND_FACTOR_DAYS", "3")))
ADMIN_AWAY_DAYS = 30  # so long without signing in, an admin may have left

# Cookies and headers
SECURE_COOKIES = ORIGIN.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_AGE = 12 * 60 * 60
SECURE_SSL_REDIRECT = SECURE_COOKIES
SECURE_REDIRECT_EXEMPT = [r"^health$"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if SECURE_COOKIES else 0
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if os.getenv("PORTAL_BEHIND_PROXY") else None
)
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.getenv("PORTAL_BEHIND_PROXY") or 0)
SECURE_REFERRER_POLICY = "same-origin"
# What a page may ask of the browser: passkeys alone, and nothing of the device.
PERMISSIONS = {
    **dict.fromkeys(
        [
            "accelerometer",
            "autoplay",
            "browsing-topics",
            "camera",
            "display-capture",
            "encrypted-media",
            "fullscreen",
            "geolocation",
            "gyroscope",
            "hid",
            "idle-detection",
            "magnetometer",
            "microphone",
            "midi",
            "payment",
            "picture-in-picture",
            "screen-wake-lock",
            "serial",
            "sync-xhr",
            "usb",
            "xr-spatial-tracking",
        ],
        "",
    ),
    "publickey-credentials-create": "self",
    "publickey-credentials-get": "self",
}
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{n}=({who})" for n, who in PERMISSIONS.items()),
    "Referrer-Policy": SECURE_REFERRER_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "base-uri": [NONE],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "img-src": [SELF, "data:"],
        "manifest-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
    }
}

# Cache: attempt counters only, in the database while Redis does not answer
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "portal.cache.CountingCache"},
    "redis": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {
            "socket_connect_timeout": 0.5,
            "socket_timeout": 0.5,
            "retry": Retry(NoBackoff(), 0),
        },
    },
    "database": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "portal_cacheentry",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
}
# Wrong passwords for a person: from one address of the net, and from everywhere,
# which nobody uses up from one address. [NIST SP 800-63B 5.2.2]
SIGN_IN_LIMIT = "5/300s"
SIGN_IN_WIDE_LIMIT = "100/3600s"
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = {"login_failed": "10/m/ip"}
VOUCHER_LOOKUP_LIMIT = "10/900s"  # of a person
VOUCHER_LOOKUP_COMPANY_LIMIT = "60/900s"
ENQUIRY_LIMIT = "20/86400s"

# Mail: written to the outbox with the change, sent by a worker
EMAIL_BACKEND = "portal.mail.OutboxBackend"
SERVER_EMAIL = DEFAULT_FROM_EMAIL = os.getenv("PORTAL_MAIL_FROM", "portal@localhost")
MAIL_DOMAIN = urlsplit(ORIGIN).hostname
# Without a mail server (the demo) a sent mail stays readable in the outbox.
MAIL_STAYS = not MAIL_URL
MAIL_DELIVERY = (
    "django.core.mail.backends.smtp.EmailBackend"
    if MAIL_URL
    else "django.core.mail.backends.dummy.EmailBackend"
)
MAIL_SERVER: dict[str, Any] = (
    {
        "host": urlsplit(MAIL_URL).hostname,
        "port": urlsplit(MAIL_URL).port or 25,
        "username": unquote(urlsplit(MAIL_URL).username or ""),
        "password": unquote(urlsplit(MAIL_URL).password or ""),
        "use_ssl": MAIL_URL.startswith("smtps:"),
        "use_tls": MAIL_URL.startswith("smtp+tls:"),
        "timeout": 20,
    }
    if MAIL_URL
    else {}
)

# Background work
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1).replace(
    "?db=", "?virtual_host="
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A page never waits for a broker that is away: the sweep finds what was not told.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 0.5,
    "socket_timeout": 0.5,
    "max_retries": 0,
}
# The worker waits on purpose, for what there is to do.
WORKER_SOCKET_SECONDS = 5
CELERY_TASK_DEFAULT_QUEUE = "clock"
CELERY_TASK_ROUTES = {
    "portal.tasks.send_*": {"queue": "mail"},
    "portal.tasks.read_table_import": {"queue": "documents"},
    "portal.tasks.make_table_export": {"queue": "documents"},
    "enrollment.tasks.copy_signature": {"queue": "documents"},
    "payments.tasks.file_invoice": {"queue": "documents"},
}
CELERY_BEAT_SCHEDULE = BEAT
CLOCK_STATEMENT_SECONDS = 900

# To whom partners address their invoices
SPONSOR = {
    "name": os.getenv("PORTAL_SPONSOR_NAME", "Microsoft Corporation"),
    "address": os.getenv(
        "PORTAL_SPONSOR_ADDRESS", "One Microsoft Way, Redmond, WA 98052, United States"
    ),
}

# What upper apps add to pages of the floor, by dotted name: no imports upwards.
WAITING_LISTS = [
    "portal.services.memberships.waiting_kinds",
    "enrollment.presentation.waiting.kinds_for",
    "vouchers.presentation.waiting.kinds_for",
    "engagements.presentation.waiting.kinds_for",
    "payments.presentation.waiting.kinds_for",
]
# What can be uploaded as a table, and which lists can be taken away as workbooks
TABLE_KINDS = [
    "vouchers.services.voucher_imports.TABLES",
    "vouchers.services.purchase_imports.TABLES",
]
TABLE_EXPORTS = [
    "vouchers.presentation.exports.VOUCHERS",
    "vouchers.presentation.exports.LEDGER",
    "vouchers.admin.vouchers.SOURCE",
    "vouchers.admin.ledger.SOURCE",
]
PARTNER_FACTS = ["engagements.services.engagements.delivered_by"]
VOUCHER_PANELS = [
    "engagements.presentation.engagements.for_voucher",
    "payments.presentation.requests.for_voucher",
]
# What hangs on one person, and what is at risk when engagement types are lost.
WORK_OF_PEOPLE = ["engagements.services.schedules.work_of"]
WORK_AT_RISK = ["engagements.services.schedules.at_risk"]
# The rate of the day, which a reservation promises.
RATE_OF_RESERVATION = "payments.services.rates.promised_rate"
# Lists whose addresses people can keep under a name.
SAVED_LISTS = ["vouchers:index", "vouchers:entitlement"]
WHEN_RESERVATION_ENDS = ["engagements.services.redemptions.call_off"]

# Errors and warnings go to standard error, where the service manager collects them
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.getenv("PORTAL_LOG_LEVEL", "INFO")},
    # Django's own handlers say nothing outside debugging: the root speaks for them.
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "fontTools": {"level": "WARNING"},
        "weasyprint": {"level": "WARNING"},
    },
}
