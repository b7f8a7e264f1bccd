"""The door: ``./run mutants [--seed N] [--count N] [--list] [--again] [-n N]``."""

import argparse
import json
import os
import queue
import signal
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import cache
from pathlib import Path

import django
import psycopg
from django.apps import apps
from django.conf import settings

from tests.mutants import database, operators, selection
from tests.mutants.mistakes import draw
from tests.mutants.trial import WITHOUT_TEST, Broken, Tree

SHARE = 93  # percent that have to be caught
# After so many it is asked whether the tests that caught them pass without them.
AT_ONCE = 10


def arguments():
    parser = argparse.ArgumentParser(prog="./run mutants", description=__doc__)
    parser.add_argument("folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=1, help="which are drawn (1)")
    parser.add_argument("--count", type=int, default=120, help="how many (120)")
    parser.add_argument("--list", action="store_true", help="name them, run nothing")
    parser.add_argument("--again", action="store_true", help="try survivors once more")
    parser.add_argument("--only", default="", help="those whose place has this in it")
    parser.add_argument("-n", type=int, default=1, help="how many trees at once (1)")
    return parser.parse_args()


def everything():
    """List every mistake that can be made, of the files and of the database."""
    from tests import databases  # noqa: PLC0415 -- needs the settings

    root, ours = settings.ROOT, settings.FIRST_PARTY_APPS
    found = [
        mistake
        for path in operators.sources(root, ours)
        for mistake in operators.mistakes_in(
            path.read_bytes(), path.relative_to(root).as_posix()
        )
    ]
    keys = {"USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    login = {name: settings.OWNER[name] for name in keys}
    template = migrated(databases, login)
    models = {model._meta.db_table: model for model in apps.get_models()}
    models = {t: m for t, m in models.items() if m._meta.app_label in ours}
    parameters = {keys[name]: value for name, value in login.items() if value}
    with psycopg.connect(dbname=template, **parameters) as server:
        return found + database.mistakes(server, root, models)


def migrated(databases, login):
    """Return the template of the test databases, made by its owner."""
    from django.db import connection  # noqa: PLC0415 -- needs the settings

    before = {name: connection.settings_dict[name] for name in login}
    connection.settings_dict.update(login)
    try:
        return databases.kept_template(login)
    finally:
        connection.close()
        connection.settings_dict.update(before)


class Results:
    """What came of each mistake, kept in a file of its seed, so that a run goes on."""

    def __init__(self, path):
        self.path = path
        kept = json.loads(path.read_text()) if path.exists() else {}
        # Tests that caught one, by whether they pass without it.
        self.passes = kept.get("passes", {})
        # Mistakes by the test that caught them: "" for none, None for not planted.
        # What was not held against the tree that it was found in is tried again.
        self.caught_by = {
            key: by
            for key, by in kept.get("caught_by", {}).items()
            if not by or by in WITHOUT_TEST or self.passes.get(by)
        }

    def keep(self):
        half_written = self.path.with_suffix(".new")
        kept = {"caught_by": self.caught_by, "passes": self.passes}
        half_written.write_text(json.dumps(kept, indent=1))
        half_written.replace(self.path)

    @property
    def broken(self):
        return {test for test, passes in self.passes.items() if not passes}

    def waiting(self, drawn):
        return [each for each in drawn if each.key not in self.caught_by]

    def doubtful(self):
        """Name tests that have caught mistakes, and may fail without them too."""
        caught = {by for by in self.caught_by.values() if by}
        return sorted(caught - {*self.passes, *WITHOUT_TEST})

    def judge(self, tests, failing):
        """Keep which tests pass without a mistake; what others caught waits again."""
        self.passes |= {test: test not in failing for test in tests}
        gone = [key for key, by in self.caught_by.items() if by in self.broken]
        for key in gone:
            del self.caught_by[key]
        self.keep()


def try_all(options, drawn, results):
    """Try what has no result yet, in as many trees as were asked for."""
    trees = [Tree(options.folder / f"tree-{n + 1}", n + 1) for n in range(options.n)]
    files = selection.test_files(settings.ROOT)
    try:
        for tree in trees:
            tree.copy(settings.ROOT)
        while results.waiting(drawn) or results.doubtful():
            some = results.waiting(drawn)[:AT_ONCE]
            attempt_some(some, trees, files, results, len(drawn))
            if tests := results.doubtful():
                results.judge(tests, trees[0].failing(tests))
    finally:
        for tree in trees:
            tree.clear()


def attempt_some(mistakes, trees, files, results, count):
    free = queue.SimpleQueue()
    for tree in trees:
        free.put(tree)

    def attempt(mistake):
        tree = free.get()
        try:
            chosen = selection.concerning(mistake, files)
            return tree.attempt(mistake, chosen, results.broken)
        finally:
            free.put(tree)

    pool = ThreadPoolExecutor(len(trees))
    try:
        trials = {pool.submit(attempt, mistake): mistake for mistake in mistakes}
        for trial in as_completed(trials):
            tell(trial, trials[trial], results, count)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def tell(trial, mistake, results, count):
    """Keep one result, and say it."""
    try:
        outcome = trial.result()
        by, took = outcome.by, f"{outcome.seconds:4.0f} s"
        verdict = "caught" if by else "SURVIVED"
    except Broken as broken:
        by, took, verdict = None, str(broken), "not planted"
    results.caught_by[mistake.key] = by
    results.keep()
    done = f"{len(results.caught_by):4}/{count}"
    print(
        f"{done}  {verdict:8}  {took}  {mistake.operator:17}  {mistake.place}"
        f" {mistake.scope}  {f'by {by}' if by else shown(mistake)}",
        flush=True,
    )


@cache
def shown(mistake):
    """Return the diff, from the file as it was when this was asked first."""
    path = settings.ROOT / mistake.path
    return mistake.diff(b"" if mistake.is_sql else path.read_bytes())


def report(drawn, results):
    """Print the survivors and the share; tells whether it is enough."""
    by_key = results.caught_by
    planted = [each for each in drawn if by_key.get(each.key) is not None]
    survivors = [each for each in planted if not by_key[each.key]]
    for mistake in survivors:
        print(f"\nsurvived: {mistake.operator}, {mistake.place}, {mistake.scope}")
        print(shown(mistake))
    caught = len(planted) - len(survivors)
    share = 100 * caught / max(1, len(planted))
    print(f"\n{caught} of {len(planted)} caught: {share:.1f} % (drawn: {len(drawn)})")
    for test in sorted(results.broken):
        print(f"left out, since it fails without a mistake: {test}")
    return len(planted) == len(drawn) and share >= SHARE


def main():
    options = arguments()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    mistakes = [each for each in everything() if options.only in each.place]
    drawn = draw(mistakes, options.seed, options.count)
    print(f"{len(mistakes)} mistakes can be made, {len(drawn)} are drawn", flush=True)
    # Now, since the files may change while the copies are tried.
    texts = [
        f"\n{each.operator}, {each.place}, {each.scope}\n{shown(each)}"
        for each in drawn
    ]
    if options.list:
        print("\n".join(texts))
        return 0
    results = Results(options.folder / f"seed-{options.seed}.json")
    if options.again:
        caught = {key: by for key, by in results.caught_by.items() if by}
        results.caught_by = caught
    try_all(options, drawn, results)
    return 0 if report(drawn, results) else 1


if __name__ == "__main__":
    # Whoever ends us: what we have started ends with us.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
