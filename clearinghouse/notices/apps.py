"""Registers the app."""

from typing import Any

from django.apps import AppConfig

from clearinghouse.notices.enums import Task
from clearinghouse.shared.queue import enqueue_after_commit


class NoticesConfig(AppConfig):
    """Messages to people: an outbox in the database, sent by mail."""

    name = "clearinghouse.notices"
    label = "notices"

    def ready(self) -> None:
        """Nudge the background whenever a mail about an account is asked for."""
        from accounts import letters  # noqa: PLC0415 - tables are not there before

        letters.written.connect(_nudge, dispatch_uid="notices.letters")


def _nudge(**_facts: Any) -> None:
    enqueue_after_commit(Task.LETTERS)
