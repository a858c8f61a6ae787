"""What follows when somebody adds or removes a second factor (called by django-allauth)."""

from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa import signals
from allauth.mfa.models import Authenticator

from accounts.queries import has_second_factor

_REAL = frozenset({Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN})


def connect() -> None:
    """Listen to django-allauth, once."""
    signals.authenticator_added.connect(_added, dispatch_uid="factors.added")
    signals.authenticator_removed.connect(_removed, dispatch_uid="factors.removed")


def _added(*, request: Any, user: Any, authenticator: Any, **_facts: Any) -> None:
    if authenticator.type in _REAL:
        # Whoever sets a factor up has just shown it.
        record_authentication(
            request, user, method="mfa", id=authenticator.pk, type=authenticator.type
        )


def _removed(*, request: Any, user: Any, authenticator: Any, **_facts: Any) -> None:
    if authenticator.type in _REAL and not has_second_factor(user):
        kept = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
        request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [
            one for one in kept if one.get("method") != "mfa"
        ]
