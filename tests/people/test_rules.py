"""Ages, with the leap day."""

from datetime import date

import pytest

from clearinghouse.people.rules import age_on, last_birth_date_of_adults


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [
        (date(2008, 11, 21), date(2026, 11, 21), 18),
        (date(2008, 11, 22), date(2026, 11, 21), 17),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2010, 2, 28), date(2028, 2, 29), 18),
        (date(2010, 3, 1), date(2028, 2, 29), 17),
    ],
)
def test_age_counts_completed_years(born: date, on: date, age: int) -> None:
    assert age_on(born, on) == age
    assert (born <= last_birth_date_of_adults(on)) == (age >= 18)
