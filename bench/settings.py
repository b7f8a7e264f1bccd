"""The portal's settings, with the floor's database beside its own."""

import os

import dj_database_url

from portal.settings import *
from portal.settings import DATABASES, INSTALLED_APPS, LOGGING

# Its transition is made in the same process as ours, by turns.
INSTALLED_APPS.append("bench.floors")
DATABASES["floor"] = dj_database_url.parse(os.environ["BENCH_FLOOR_DATABASE_URL"])
# Nobody types a password here.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGGING["root"]["level"] = "WARNING"
