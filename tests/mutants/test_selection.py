"""Which tests are run for a mistake, and in which order."""

from tests.mutants.mistakes import Mistake
from tests.mutants.selection import concerning

FILES = {
    "tests/vouchers/test_reservations.py": "",
    "tests/vouchers/test_pages.py": "",
    "tests/vouchers/test_races.py": "release_late",
    "tests/vouchers/test_bulk.py": "from vouchers.services import reservations",
    "tests/vouchers/test_many.py": "from vouchers.services import reservations\n"
    "reservations.reserve(1)",
    "tests/vouchers/test_walks.py": "import hypothesis\nrelease_late",
    "tests/payments/test_rates.py": "from vouchers.services import reservations",
    "tests/payments/test_runs.py": "",
    "tests/test_rights.py": "",
    "tests/test_tables.py": "",
}


def test_mirrored_files_come_first_and_random_walks_last():
    path = "vouchers/services/reservations.py"
    mistake = Mistake("boundary", path, 1, "", "<", "<=", words=("release_late",))

    assert concerning(mistake, FILES) == [
        "tests/vouchers/test_reservations.py",
        "tests/vouchers/test_races.py",
        "tests/vouchers/test_many.py",
        "tests/vouchers/test_bulk.py",
        "tests/payments/test_rates.py",
        "tests/vouchers/test_pages.py",
        "tests/test_rights.py",
        "tests/test_tables.py",
        "tests/vouchers/test_walks.py",
    ]


def test_what_the_database_refuses_is_looked_at_as_a_whole_first():
    path = "vouchers/models/reservations.py"
    mistake = Mistake("policy", path, 1, "", "", "GRANT", is_sql=True)

    first, second, *_others = concerning(mistake, FILES)
    assert {first, second} == {"tests/test_rights.py", "tests/test_tables.py"}
