"""Named points at which a process kills itself, so that drills can prove that nothing is lost."""

import os
import signal

from django.conf import settings


def pass_failpoint(name: str, *, turn: int = 1) -> None:
    """Go on, unless the settings name this point: then die as `kill -9` would have it.

    The setting is a list such as `reading,writing@2`: a point alone kills at every turn, one with
    a number at that turn only. What a turn is, the caller says (a run: its attempt).
    """
    if settings.FAILPOINT and {name, f"{name}@{turn}"} & set(settings.FAILPOINT.split(",")):
        os.kill(os.getpid(), signal.SIGKILL)
