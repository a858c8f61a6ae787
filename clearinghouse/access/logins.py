"""The logins of the database, and which of them a piece of work runs as.

Each login owns nothing and sees what its work needs (`guard`). A process reaches those that
`settings.LOGINS` names, each by a connection of its own. Where there is one connection for all of
them (the tests), the role is changed for the transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from clearinghouse.access.context import tell_session
from clearinghouse.shared.postgres import session


class Login(StrEnum):
    """Names of the logins at run time; the owner, who migrates, is not one of them."""

    WEB = "mvch_web"
    MATCHER = "mvch_matcher"
    PROTECTION = "mvch_protection"
    AUDITOR = "mvch_auditor"
    BACKUP = "mvch_backup"


RUNTIME = tuple(Login)


@contextmanager
def use_login(login: Login) -> Iterator[None]:
    """Run the block as a login: what it asks goes over that login's own connection.

    Transactions begin inside the block; one that runs outside goes on by itself, and what is done
    here is not part of it. A login that this process was not given is refused.
    """
    name = login.value
    if session.role.get() == name or name == settings.LOGIN:
        yield
    elif name in settings.DATABASES:
        with _other_connection(name):
            yield
    elif settings.LOGIN:
        raise RuntimeError(f"this process was given no way to work as {name}")
    else:
        with _other_role(name):
            yield


@contextmanager
def _other_connection(name: str) -> Iterator[None]:
    before = connections[DEFAULT_DB_ALIAS]
    other = connections[name]
    other.alias = DEFAULT_DB_ALIAS
    connections[DEFAULT_DB_ALIAS] = other
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = before


@contextmanager
def _other_role(name: str) -> Iterator[None]:
    before = session.role.set(name)
    tell_session()
    try:
        yield
    finally:
        session.role.reset(before)
        tell_session()
