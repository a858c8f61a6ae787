"""What ends sessions and tokens, at once and with a record."""

import uuid
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import services as accounts
from accounts.models import User
from clearinghouse.access.checks import Actor
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.registry import queries
from clearinghouse.shared.errors import NotFound


@transaction.atomic
def end_session(*, by: User, session_id: uuid.UUID | str) -> None:
    """End one of one's own sessions; its next request is refused."""
    if not accounts.end_session(by, session_id):
        raise NotFound(_("There is no such session."))
    _record(by, sessions=1, tokens=0)


@transaction.atomic
def end_other_sessions(*, by: User, keep: str) -> int:
    """End all of one's own sessions but the one with the key `keep`; return how many."""
    ended = accounts.end_sessions(by, keep=keep)
    _record(by, sessions=ended, tokens=0)
    return ended


@transaction.atomic
def revoke_access(user: User, *, keep: str = "", by: Actor | None = None) -> None:
    """End every session (but `keep`) and every token of a person, because something changed.

    Called when a password, a factor, the office or the state of an account changes; `by` is who
    changed it, if not the person.
    """
    ended = accounts.end_sessions(user, keep=keep)
    tokens, _rows = queries.list_tokens(user).delete()
    if ended or tokens:
        _record(user, by=by, sessions=ended, tokens=tokens)


@transaction.atomic
def note_factor(*, by: User, kind: str, added: bool, keep: str) -> None:
    """Record that a person added or removed a second factor, and end other sessions and tokens."""
    verb = Verb.FACTOR_ADDED if added else Verb.FACTOR_REMOVED
    trail.record(verb, by=by, on=_account(by), facts={"kind": kind})
    revoke_access(by, keep=keep)


def _record(user: User, *, by: Actor | None = None, **facts: Any) -> None:
    trail.record(Verb.SESSION_ENDED, by=by or user, on=_account(user), facts=facts)


def _account(user: User) -> tuple[str, uuid.UUID]:
    # The person of a request is a lazy object, which has no table of its own.
    return ("accounts.user", user.public_id)
