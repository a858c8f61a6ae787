"""Closed vocabularies of people."""

from enum import StrEnum

AGE_OF_MAJORITY = 18


class Task(StrEnum):
    """Names of the tasks that people nudges."""

    OPEN_REFERRALS = "protection.open_referrals"
