"""Django as it comes, with sessions, people and the check against forged posts."""

import os

import dj_database_url

SECRET_KEY = "only-for-measuring"
DEBUG = False
ALLOWED_HOSTS = ["localhost"]
ROOT_URLCONF = "bench.floors.urls"
WSGI_APPLICATION = "bench.floors.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_I18N = False
DATABASES = {
    "default": dj_database_url.parse(
        os.environ["BENCH_FLOOR_DATABASE_URL"], conn_health_checks=True
    )
}
DATABASES["default"]["OPTIONS"] = {"pool": {"min_size": 1, "max_size": 20}}
INSTALLED_APPS = [
    "bench.floors",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
]
# Tables are made from the models at once.
MIGRATION_MODULES = {"auth": None, "contenttypes": None, "sessions": None}
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
            ]
        },
    }
]
