"""The real settings, quicker, and with mail that stays in memory."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("PORTAL_SECRET_KEY", "only-for-tests")
os.environ.setdefault("PORTAL_DATABASE_URL", "postgres://portal_app@/portal")
os.environ.setdefault("PORTAL_REDIS_URL", "redis://localhost:6379/0")

from portal.settings import *
from portal.settings import DATABASES, INSTALLED_APPS, MIDDLEWARE, STORAGES

# The tests build their database as its owner and then work as the portal's role.
OWNER = DATABASES.pop("owner", DATABASES["default"])
# Each test has one connection, and may break it.
DATABASES["default"]["OPTIONS"] = {}

# Its commands go before Django's.
INSTALLED_APPS = [*INSTALLED_APPS, "tests"]
MIDDLEWARE = ["tests.walls.AsInProduction", *MIDDLEWARE]
ALLOWED_HOSTS = ["localhost", "testserver"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MAIL_DELIVERY = "django.core.mail.backends.locmem.EmailBackend"
MAIL_SERVER = {}
MAIL_STAYS = False
DEMO = False
FILES = Path(tempfile.mkdtemp(prefix="portal-files-"))
STORAGES["documents"] = {**STORAGES["documents"], "OPTIONS": {"location": FILES}}
STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
STATIC_ROOT = Path(tempfile.mkdtemp(prefix="portal-static-"))
ACCOUNT_RATE_LIMITS = False
# Tests share no Redis with each other, nor with a portal that runs beside them.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CELERY_BROKER_URL = "memory://"
