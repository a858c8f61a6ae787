"""Names of the tasks that belong to the door itself."""

from enum import StrEnum


class Task(StrEnum):
    """Names of the tasks of this door."""

    HEARTBEAT = "audit.heartbeat"
