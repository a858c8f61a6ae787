"""The one place that derives a status from checks."""

from collections.abc import Iterable

from clearinghouse.applications.enums import Check, Status


def status_after_checks(checks: Iterable[str]) -> Status:
    """Return where a submitted application stands, from the checks of all its wishes.

    A wish that waits keeps it with the destinations; then one eligible wish is enough.
    """
    found = set(checks)
    if Check.WAITING in found:
        return Status.SUBMITTED
    return Status.IN_POOL if Check.ELIGIBLE in found else Status.NOT_ELIGIBLE
