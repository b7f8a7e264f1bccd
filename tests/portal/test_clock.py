"""The clock's arithmetic: months by the calendar, the same in Python and SQL."""

from datetime import date

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as some

from portal import clock
from portal.fields import FIRST_DAY, LAST_DAY

# PostgreSQL cuts to the month's end by itself; what it cut is not taken off again.
IN_SQL = """
    SELECT CASE
        WHEN extract(day FROM later) < extract(day FROM first) THEN later::date
        ELSE later::date - 1
    END
    FROM (SELECT %s::date AS first) f,
        LATERAL (SELECT first + make_interval(months => %s) AS later) l
"""


@pytest.mark.parametrize(
    ("first", "months", "last"),
    [
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2028, 2, 29), 48, date(2032, 2, 28)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2027, 8, 30), 6, date(2028, 2, 29)),
        (date(2027, 8, 29), 6, date(2028, 2, 28)),
        (date(2026, 8, 31), 1, date(2026, 9, 30)),
        (date(2026, 8, 31), 2, date(2026, 10, 30)),
        (date(2026, 3, 1), 12, date(2027, 2, 28)),
        (date(2027, 3, 1), 12, date(2028, 2, 29)),
        (date(2026, 1, 1), 12, date(2026, 12, 31)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 11, 30), 1, date(2026, 12, 29)),
    ],
)
def test_months_end_on_the_day_before_or_at_the_month_s_end(first, months, last):
    assert clock.last_day_of(first, months) == last


@pytest.mark.django_db
@settings(max_examples=200, deadline=None)
@given(some.dates(FIRST_DAY, LAST_DAY), some.integers(1, 240))
def test_python_and_sql_agree_on_months(first, months):
    with connection.cursor() as cursor:
        cursor.execute(IN_SQL, [first, months])
        (last,) = cursor.fetchone()

    assert clock.last_day_of(first, months) == last


@given(some.dates(FIRST_DAY, LAST_DAY), some.integers(1, 240))
def test_more_months_never_end_earlier(first, months):
    shorter, longer = (clock.last_day_of(first, n) for n in (months, months + 1))

    assert first <= shorter < longer
