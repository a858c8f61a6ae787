"""The one thing that matching may know of the protection zone."""

from datetime import date

from django.db import transaction

from clearinghouse.access.checks import SYSTEM
from clearinghouse.access.context import acting
from clearinghouse.access.logins import Login, use_login
from clearinghouse.protection.queries import protected_worker_ids


def list_protected(on: date) -> set[int]:
    """Return the keys of the workers who are protected on a day.

    The zone's own login answers, on the house's behalf: the matcher's reaches nothing of it.
    """
    with use_login(Login.PROTECTION), acting(SYSTEM, purpose="round"), transaction.atomic():
        return protected_worker_ids(on)
