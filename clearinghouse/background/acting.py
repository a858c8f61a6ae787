"""The task that all others are made from: it acts for the house, as a login of its own."""

from typing import Any

from celery import Task, signals

from clearinghouse.access.checks import SYSTEM
from clearinghouse.access.context import acting
from clearinghouse.access.logins import Login, use_login
from clearinghouse.guard.checks import watch_connections
from clearinghouse.shared import clock


class HouseTask(Task):
    """Each transaction of a task begins by telling the database that the house acts, and why."""

    abstract = True
    login = Login.MATCHER

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with use_login(self.login), acting(SYSTEM, now=clock.now(), purpose=self.name):
            return super().__call__(*args, **kwargs)


@signals.worker_init.connect
def _refuse_unsafe_logins(**_more: Any) -> None:
    watch_connections()
