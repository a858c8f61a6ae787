"""On whose behalf this thread works. Every transaction begins by telling the database.

The service layer asks `current()` before it lists persons, row-level security reads the same facts
as `app.*` settings of the transaction (`shared/postgres`). Both fail closed: without a context one
raises, and the other shows nothing.
"""

import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from accounts.queries import roles_of
from clearinghouse.access.checks import System
from clearinghouse.shared.postgres import session


class NoActor(RuntimeError):
    """Persons were asked for on nobody's behalf: a door is missing its context."""


@dataclass(frozen=True, slots=True)
class Context:
    """Who acts, from which office, when and what for.

    `user` is the account's key and `actor` its public id (empty: nobody has signed in, or the
    house itself: its `roles` are `system`); `tokens` are the shield tokens of every state that the
    actor is tied to.
    """

    user: int | None
    actor: str
    roles: tuple[str, ...]
    state: int | None
    tokens: tuple[int, ...]
    now: datetime | None
    request: str
    purpose: str
    login: str

    def settings(self) -> dict[str, str]:
        """Return the values of `app.*` as text, empty where there is none."""
        return {
            "user": "" if self.user is None else str(self.user),
            "actor": self.actor,
            "roles": ",".join(self.roles),
            "state": "" if self.state is None else str(self.state),
            "tokens": "{" + ",".join(map(str, self.tokens)) + "}",
            "now": self.now.isoformat() if self.now else "",
            "request": self.request,
            "purpose": self.purpose,
        }


_current: ContextVar[Context | None] = ContextVar("context", default=None)
_of_process: list[Context | None] = [None]


def current() -> Context:
    """Return the context of this thread, else of this process. Raises `NoActor`."""
    found = _current.get() or _of_process[-1]
    if found is None:
        raise NoActor("nobody has said on whose behalf this reads")
    return found


def make_context(
    actor: Any,
    *,
    state: int | None = None,
    tokens: Collection[int] = (),
    now: datetime | None = None,
    purpose: str = "",
    request: str = "",
    login: str = "",
) -> Context:
    """Describe an actor: an account, `SYSTEM`, or an anonymous visitor."""
    known = not isinstance(actor, System) and getattr(actor, "pk", None) is not None
    return Context(
        user=actor.pk if known else None,
        actor=str(actor.public_id) if known else "",
        roles=("system",) if isinstance(actor, System) else tuple(sorted(roles_of(actor))),
        state=state,
        tokens=tuple(tokens),
        now=now,
        request=request or uuid.uuid4().hex,
        purpose=purpose,
        login=login,
    )


@contextmanager
def acting(actor: Any, **facts: Any) -> Iterator[Context]:
    """Do the block on behalf of an actor; `facts` are those of `make_context`.

    Every transaction that begins inside starts with it; one that runs already is told at once, and
    told again who was before at the end.
    """
    with inside(make_context(actor, **facts)) as context:
        yield context


@contextmanager
def inside(context: Context) -> Iterator[Context]:
    """Do the block in a context made before."""
    before = _current.set(context)
    values = session.values.set(context.settings())
    tell_session()
    try:
        yield context
    finally:
        session.values.reset(values)
        _current.reset(before)
        tell_session()


@contextmanager
def acting_for_process(actor: Any, **facts: Any) -> Iterator[Context]:
    """Let every thread of this process act so that has no context of its own (commands, tests)."""
    context = make_context(actor, **facts)
    contexts, values = _of_process, session.of_process
    contexts.append(context)
    values.append(context.settings())
    try:
        yield context
    finally:
        contexts.pop()
        values.pop()


def tell_session() -> None:
    """Tell a transaction that runs already who acts from now on."""
    ours: Any = connection
    if ours.in_atomic_block:
        ours.tell_session()
