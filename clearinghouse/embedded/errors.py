"""The one kind of error that people see: what is wrong and what to do, without a traceback."""

import sys
from collections.abc import Callable


class EmbeddedError(Exception):
    """Say in one message what is wrong and what to do about it."""


def exit_status(work: Callable[[], int]) -> int:
    """Run the work; print an expected error as a sentence and return 1."""
    try:
        return work()
    except EmbeddedError as error:
        print(f"\n{error}", file=sys.stderr, flush=True)
        return 1
