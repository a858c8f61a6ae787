"""Access of one person: the account itself and tokens for programs."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from knox.models import AuthToken, get_digest_token
from knox.settings import CONSTANTS

from accounts import queries as account_queries
from accounts import services as accounts
from accounts.enums import OFFICIAL_ROLES
from accounts.models import User
from clearinghouse.access.checks import Actor
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.registry import guards, permissions, queries
from clearinghouse.registry.services import sessions
from clearinghouse.shared.errors import NotFound

TOKEN_LIFETIME = timedelta(days=90)


@transaction.atomic
def set_account_active(*, by: Actor, user_id: uuid.UUID | str, active: bool, now: datetime) -> User:
    """Open or close the account of an official.

    Closing withdraws for good its tokens, and open invitations that it sent or received.
    """
    user = queries.get_official(user_id)
    permissions.check_can_change_roles_of(by, user)
    user = account_queries.lock_user(user.pk)
    if user.is_active == active:
        return user
    accounts.set_active(user, active=active)
    if not active:
        sessions.revoke_access(user, by=by)
        accounts.withdraw_invitations_around(user, now=now)
    trail.record(Verb.ACCOUNT_OPENED if active else Verb.ACCOUNT_CLOSED, by=by, on=user)
    return user


@transaction.atomic
def issue_token(*, by: User, now: datetime, lifetime: timedelta = TOKEN_LIFETIME) -> str:
    """Issue a token for programs and return it; only its digest is kept, so it shows once."""
    permissions.check_can_use_api(by)
    guards.check_factor(
        needed=bool(account_queries.held_roles(by) & OFFICIAL_ROLES),
        present=account_queries.has_second_factor(by),
    )
    digest, token = get_digest_token()
    AuthToken(
        digest=digest,
        token_key=token[: CONSTANTS.TOKEN_KEY_LENGTH],
        user=by,
        expiry=now + lifetime,
    ).save(force_insert=True)
    _record(Verb.TOKEN_ISSUED, by, digest)
    return str(token)


@transaction.atomic
def withdraw_token(*, by: User, token_id: str) -> None:
    """Make one's own token worthless; `token_id` is the start of its digest."""
    token = queries.find_token(by, token_id)
    if token is None:
        raise NotFound(_("There is no such token."))
    _record(Verb.TOKEN_WITHDRAWN, by, token.digest)
    token.delete()


def _record(verb: Verb, by: User, digest: str) -> None:
    trail.record(verb, by=by, on=("knox.authtoken", queries.token_id(digest)))
