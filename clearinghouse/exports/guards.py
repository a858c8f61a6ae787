"""When a file may be asked for and fetched."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from clearinghouse.exports.enums import Status
from clearinghouse.shared.errors import Conflict, Invalid, NotNow

if TYPE_CHECKING:
    from clearinghouse.exports.models import Export

LIVE_MAX = 5
LINES_MAX = 20_000
REASON_MAX = 200


def check_reason(reason: str) -> str:
    """Return the reason without spaces around it; refuse none and a long one."""
    reason = reason.strip()
    if not reason or len(reason) > REASON_MAX:
        text = _("Say in one sentence what the file is for.")
        raise Invalid(text, code="reason", fields={"reason": [text]})
    return reason


def check_lines(lines: int) -> None:
    """Refuse an empty file, and one that nobody can read."""
    if lines == 0:
        raise NotNow(_("There is nothing to put into a file."), code="nothing")
    if lines > LINES_MAX:
        raise NotNow(
            _("A file holds %d rows at most. Choose fewer.") % LINES_MAX, code="too_many_lines"
        )


def check_same_number(*, shown: int, found: int) -> None:
    """Refuse when the list has changed since the person saw its number."""
    if shown != found:
        raise Conflict(
            _("The list has changed. It has %d rows now. Look again, then ask again.") % found,
            code="list_changed",
        )


def check_not_too_many(live: int) -> None:
    """Refuse one more file while so many of the same person wait or lie ready."""
    if live >= LIVE_MAX:
        raise NotNow(
            _("You have %d files already. Delete one, then ask again.") % live, code="too_many"
        )


def check_can_be_fetched(export: "Export", *, now: datetime) -> None:
    """Refuse a file that is not there yet or not there any more."""
    if export.status != Status.READY or now >= export.expires_at:
        raise NotNow(_("There is no such file now. Ask for it again."), code="no_file")
