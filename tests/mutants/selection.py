"""Which tests concern a mistake, the likeliest first."""

import re
from pathlib import PurePosixPath

# Whatever is changed: who may see which page, and the walls between tables.
FOR_ALL = {"test_access", "test_rights", "test_tables"}
QUICK = {"test_rights", "test_tables"}
# Real browsers and the launcher know nothing of rules.
WITHOUT = {"journeys", "launch", "mutants", "vendor", "factories"}
# Words that every file has say nothing.
SHORTEST = 5
# Long walks at random find much, but late.
RANDOM = "import hypothesis", "from hypothesis"


def test_files(root):
    """Read the tests' files by their paths below the tree."""
    return {
        path.relative_to(root).as_posix(): path.read_text()
        for path in sorted((root / "tests").rglob("test_*.py"))
        if not WITHOUT & {*path.relative_to(root).parts}
    }


def concerning(mistake, files):
    """List the files to run: mirrored, naming it, then the app's, then for all."""
    source = PurePosixPath(mistake.path)
    app, module = source.parts[0], ".".join(source.with_suffix("").parts)
    package, _, noun = module.rpartition(".")
    imports = re.compile(
        rf"from {re.escape(module)} import"
        rf"|from {re.escape(package)} import .*\b{re.escape(noun)}\b"
    )
    words = [word for word in mistake.words if len(word) >= SHORTEST]
    named = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in words) or "(?!)")
    used = re.compile(rf"\b{re.escape(noun)}\.")

    def rank(path):
        text, stem = files[path], PurePosixPath(path).stem
        is_own = path.startswith(f"tests/{app}/")
        mentions, calls = len(named.findall(text)), len(used.findall(text))
        tiers = [
            is_own and stem in {f"test_{noun}", f"test_{noun.removesuffix('s')}"},
            is_own and bool(mentions) and bool(imports.search(text)),
            is_own and bool(mentions),
            is_own and bool(imports.search(text)),
            bool(imports.search(text)),
            is_own and noun in stem,
            is_own,
            stem in FOR_ALL,
        ]
        tier = tiers.index(True) if True in tiers else None
        is_late = any(word in text for word in RANDOM) and tier != 0
        # What the database refuses is looked at as a whole, and quickly.
        is_first = mistake.is_sql and stem in QUICK
        return tier is None, not is_first, is_late, tier, -mentions, -calls, path

    ranks = [rank(path) for path in files]
    return [each[-1] for each in sorted(each for each in ranks if not each[0])]
