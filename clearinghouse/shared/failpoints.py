"""Named points at which a process kills or stops itself, so that drills can prove promises."""

import os
import signal

from django.conf import settings


def pass_failpoint(name: str, *, turn: int = 1) -> None:
    """Go on, unless the settings name this point: then die as `kill -9` would have it.

    The setting is a list such as `reading,writing@2`: a point alone kills at every turn, one with
    a number at that turn only. What a turn is, the caller says (a run: its attempt). A point with
    `:stop` behind it (`writing:stop`) stops the process instead, until somebody sends SIGCONT.
    """
    if not settings.FAILPOINT:
        return
    named = set(settings.FAILPOINT.split(","))
    here = {name, f"{name}@{turn}"}
    if here & named:
        os.kill(os.getpid(), signal.SIGKILL)
    if {f"{point}:stop" for point in here} & named:
        os.kill(os.getpid(), signal.SIGSTOP)
