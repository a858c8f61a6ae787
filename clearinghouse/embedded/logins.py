"""Which address each process of the portal gets: its own login's, and those of its further doors.

Only the owner's address can change tables; no process that listens or takes tasks has it.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

# The first is what the process works as, the others what it may ask further.
OF_PROCESS = {
    "web": ("web", "matcher", "protection", "auditor"),
    # As the backup, which reads everything, it only verifies the audit.
    "worker": ("matcher", "protection", "backup"),
    "beat": ("matcher",),
}


def address_of(url: str, login: str) -> str:
    """Return the address of the owner as that of a login; our servers ask no password."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"mvch_{login}@{place}"))


def environment_of(process: str, env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of one process, with its logins' addresses instead of the owner's."""
    owner = env.get("DATABASE_URL")
    if owner is None:  # stand-ins of tests
        return dict(env)
    first, *further = OF_PROCESS[process]
    more = {f"DATABASE_URL_{login.upper()}": address_of(owner, login) for login in further}
    return dict(env) | more | {"DATABASE_URL": address_of(owner, first)}
