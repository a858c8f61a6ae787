"""The cap of an office, as a number and a rule."""

DAILY_PEOPLE = 200
"""Distinct people that one office takes in files on one day (UTC) without a second person."""


def fits(*, people: int, taken: int, new: int) -> bool:
    """Tell whether an office may have a file of so many people today without a second person.

    `taken` people are in its files of today already; `new` of these are not.
    """
    return people <= DAILY_PEOPLE and taken + new <= DAILY_PEOPLE
