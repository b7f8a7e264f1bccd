"""The launcher's door: ``python3 portal/launch demo``."""

import importlib
import sys
from pathlib import Path

# The package is found as "launch", not "portal.launch": portal itself needs Celery,
# which is not there before the first start. Its folder comes last, so that no
# module of portal can stand in for one of the standard library.
sys.path[:] = [*sys.path[1:], str(Path(__file__).resolve().parent.parent)]

if __name__ == "__main__":
    sys.exit(importlib.import_module("launch.commands").main(sys.argv[1:]))
