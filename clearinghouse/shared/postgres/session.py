"""What every transaction of this thread begins with: values for `app.*`, and a login's role.

`access.context` fills it, the backend sends it. It stands below both, so that it knows neither.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType

NAMES = ("user", "actor", "roles", "state", "tokens", "now", "request", "purpose", "made")
NOTHING: Mapping[str, str] = MappingProxyType({})

values: ContextVar[Mapping[str, str]] = ContextVar("session_values", default=NOTHING)
# Only where one connection stands for all logins (tests): the role that statements run as.
role: ContextVar[str] = ContextVar("session_role", default="")
# What counts where nobody has said who acts: of commands and tests, whose threads inherit nothing.
of_process: list[Mapping[str, str]] = [NOTHING]


def wanted() -> dict[str, str]:
    """Return every setting with the value that it must have now, empty where there is none."""
    found = values.get() or of_process[-1]
    return {f"app.{name}": found.get(name, "") for name in NAMES}


def request_id() -> str:
    """Return the random id of the piece of work under way, empty outside of any."""
    return wanted()["app.request"]
