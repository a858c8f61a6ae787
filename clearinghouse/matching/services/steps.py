"""Small steps that several services of rounds share."""

from typing import Any

from clearinghouse.matching.enums import RunStatus, Status
from clearinghouse.matching.lifecycle import LIFECYCLE, RUN_LIFECYCLE
from clearinghouse.matching.models import Round, Run


def move(round_: Round, to: Status, **changes: Any) -> None:
    """Move a locked round along its lifecycle and write what comes with the move."""
    LIFECYCLE.check(round_.status, to)
    _write(round_, status=to.value, **changes)


def move_run(run: Run, to: RunStatus, **changes: Any) -> None:
    """Move a locked run along its lifecycle and write what comes with the move."""
    RUN_LIFECYCLE.check(run.status, to)
    _write(run, status=to.value, **changes)


def _write(row: Round | Run, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(update_fields=list(changes))
