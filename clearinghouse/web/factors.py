"""What follows when somebody changes a second factor or a password (told by django-allauth)."""

from typing import Any

from allauth.account import signals as account
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa import signals
from allauth.mfa.models import Authenticator

from accounts.queries import has_second_factor
from clearinghouse.registry import services

_REAL = frozenset({Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN})


def connect() -> None:
    """Listen to django-allauth, once."""
    signals.authenticator_added.connect(_added, dispatch_uid="factors.added")
    signals.authenticator_removed.connect(_removed, dispatch_uid="factors.removed")
    for changed in (account.password_changed, account.password_set, account.password_reset):
        changed.connect(_password, dispatch_uid="factors.password")


def _added(*, request: Any, user: Any, authenticator: Any, **_facts: Any) -> None:
    if authenticator.type not in _REAL:
        return
    # Whoever sets a factor up has just shown it.
    record_authentication(request, user, method="mfa", id=authenticator.pk, type=authenticator.type)
    services.note_factor(by=user, kind=authenticator.type, added=True, keep=_key(request))


def _removed(*, request: Any, user: Any, authenticator: Any, **_facts: Any) -> None:
    if authenticator.type not in _REAL:
        return
    if not has_second_factor(user):
        kept = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
        request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [
            one for one in kept if one.get("method") != "mfa"
        ]
    services.note_factor(by=user, kind=authenticator.type, added=False, keep=_key(request))


def _password(*, request: Any, user: Any, **_facts: Any) -> None:
    services.revoke_access(user, keep=_key(request))


def _key(request: Any) -> str:
    return request.session.session_key or ""
