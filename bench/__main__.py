"""The door of the measurements: ``./run bench [--quick] [--strict] [NAME…]``.

Prints the table of everything, or of the named parts, with gate, goal and verdict.
"""

import argparse
import importlib
import signal
import sys

import django

from bench import scratch

FULL = (1_000, 100_000, 1_000_000)
QUICK = (1_000, 20_000, 100_000)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("names", metavar="NAME", nargs="*", help="parts to measure")
    parser.add_argument("--quick", action="store_true", help="small and few rounds")
    parser.add_argument("--strict", action="store_true", help="fail on a missed gate")
    parser.add_argument(
        "--sizes",
        type=int,
        nargs=3,
        metavar=("SMALL", "MIDDLE", "BIG"),
        help="vouchers of the three tenants",
    )
    return parser.parse_args()


def main() -> int:
    options = arguments()
    with scratch.surroundings():
        # The models can be imported once the environment names the databases.
        django.setup()
        bench = importlib.import_module("bench.run")
        try:
            sizes = options.sizes or (QUICK if options.quick else FULL)
            good = bench.run(options.names, sizes, is_quick=options.quick)
        finally:
            # Nobody may be connected to a database that goes.
            importlib.import_module("bench.child").let_go()
    return 1 if options.strict and not good else 0


if __name__ == "__main__":
    # Whoever ends us: the scratch databases go first.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
