"""Every write of applications, wishes, checks and nominations."""

from clearinghouse.applications.services.checks import check_all, check_many, check_wish
from clearinghouse.applications.services.nominations import (
    confirm_nomination,
    decline_nomination,
    nominate,
    withdraw_nomination,
)
from clearinghouse.applications.services.nominations_csv import RowError
from clearinghouse.applications.services.nominations_import import import_nominations
from clearinghouse.applications.services.nominations_rows import NominationData
from clearinghouse.applications.services.rounds import lock, return_to_pool, settle
from clearinghouse.applications.services.tickets import start, submit, withdraw
from clearinghouse.applications.services.wishes import (
    add_wish,
    leave_hidden,
    move_wish,
    remove_wish,
    set_wishes,
    wish,
)

__all__ = [
    "NominationData",
    "RowError",
    "add_wish",
    "check_all",
    "check_many",
    "check_wish",
    "confirm_nomination",
    "decline_nomination",
    "import_nominations",
    "leave_hidden",
    "lock",
    "move_wish",
    "nominate",
    "remove_wish",
    "return_to_pool",
    "set_wishes",
    "settle",
    "start",
    "submit",
    "wish",
    "withdraw",
    "withdraw_nomination",
]
