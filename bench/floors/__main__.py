"""Make the floor's tables and rows: ``python -m bench.floors 1000 100000``.

Prints the key of a session in which somebody of every tenant is signed in.
"""

import importlib
import os
import sys

import django

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.floors.settings"
    django.setup()
    rows = importlib.import_module("bench.floors.rows")
    print(rows.prepare([int(size) for size in sys.argv[1:]]))
