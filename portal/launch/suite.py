"""The tests, the measurements and the other checks of the project."""

import os
import shutil
from pathlib import Path

from . import packages, servers
from .interrupts import Interrupts
from .place import CHECKOUT, StateFolder
from .processes import Job, Processes
from .trouble import Trouble

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def environment(place: StateFolder) -> dict[str, str]:
    browser = next(filter(None, map(shutil.which, BROWSERS)), "")
    path = os.pathsep.join([str(packages.BIN), os.environ.get("PATH", os.defpath)])
    variables = servers.owner_environment(place, PORTAL_CHROMIUM=browser)
    return variables | {"PATH": path}


# Everything at once is worth two processes; a chosen few begin faster in one.
EVERYTHING = ["-n", "2", "--dist", "loadfile"]


def test(interrupts: Interrupts, arguments: list[str]) -> int:
    """Run the tests, all or those of the arguments, on servers of their own."""
    with servers.at_work("test", interrupts) as processes:
        packages.install(packages.TEST, processes)
        servers.start(processes, throwaway=True)
        argv = (packages.PYTHON, "-m", "pytest", *(arguments or EVERYTHING))
        return processes.run_here(Job("pytest", argv, environment(processes.place)))


def mutants(interrupts: Interrupts, arguments: list[str]) -> int:
    """Plant mistakes in copies of the tree, and see which of them the tests find."""
    with servers.at_work("mutants", interrupts) as processes:
        packages.install(packages.TEST, processes)
        servers.start(processes, throwaway=True)
        folder = processes.place.folder
        argv = (packages.PYTHON, "-m", "tests.mutants", str(folder), *arguments)
        variables = environment(processes.place)
        variables["DJANGO_SETTINGS_MODULE"] = "tests.settings"
        return processes.run_here(Job("mutants", argv, variables))


def bench(interrupts: Interrupts, arguments: list[str]) -> int:
    """Measure the portal beside its floors, on servers that write as real ones do."""
    with servers.at_work("bench", interrupts) as processes:
        packages.install(packages.TEST, processes)
        servers.start(processes, throwaway=True, careful=True)
        argv = (packages.PYTHON, "-m", "bench", *arguments)
        try:
            return processes.run_here(Job("bench", argv, environment(processes.place)))
        finally:
            processes.stop()
            # A million vouchers are not kept.
            shutil.rmtree(processes.place.folder / "postgres", ignore_errors=True)


def checks() -> dict[str, tuple[str | Path, ...]]:
    """Return every check but the tests, the quickest first."""
    pages = sorted((CHECKOUT / "templates").rglob("*.html"))
    return {
        "ruff format": ("ruff", "format", "--check", "."),
        "ruff check": ("ruff", "check", "."),
        "djade": ("djade", "--check", "--target-version", "5.2", *pages),
        "djhtml": ("djhtml", "--check", "--tabwidth", "2", *pages),
        "djlint": ("djlint", "--lint", "--quiet", *pages),
        "import contracts": ("lint-imports",),
        "django": (*packages.MANAGE, "check"),
        "migrations": (*packages.MANAGE, "makemigrations", "--check", "--dry-run"),
        "mypy": ("mypy", "."),
    }


def check(interrupts: Interrupts, arguments: list[str]) -> int:
    """Run every check, and return the first failure's exit code."""
    if arguments:
        raise Trouble("The checks take no arguments.")
    with servers.at_work("test", interrupts) as processes:
        packages.install(packages.TEST, processes)
        servers.start(processes, throwaway=True)
        codes = {name: run_check(name, processes) for name in checks()}
    failed = [name for name, code in codes.items() if code]
    print(f"failed: {', '.join(failed)}" if failed else "all checks pass", flush=True)
    return next(filter(None, codes.values()), 0)


def run_check(name: str, processes: Processes) -> int:
    print(f"== {name}", flush=True)
    job = Job("check", checks()[name], environment(processes.place))
    return processes.run_here(job)
