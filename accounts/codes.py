"""Checks one-time codes: each counts as a guess, and each right one is good once."""

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import validate_totp_code
from allauth.mfa.utils import decrypt
from django.db import transaction

from accounts import throttle
from accounts.models import User


class TooManyGuesses(Exception):
    """This account has guessed too often; even the right code is not looked at."""


def check_code(user: User, code: str, *, recovery: bool) -> Authenticator | None:
    """Return the factor that a code belongs to, or None; raise `TooManyGuesses`.

    `recovery` says whether a recovery code will do too. A right code is used up.
    """
    if not throttle.spend(throttle.CODE, user.pk):
        raise TooManyGuesses
    found = _app(user, code) or (_recovery(user, code) if recovery else None)
    if found is not None:
        throttle.forget(throttle.CODE, user.pk)
    return found


def _app(user: User, code: str) -> Authenticator | None:
    app = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if app is None or not validate_totp_code(decrypt(app.data["secret"]), code):
        return None
    digits = "".join(filter(str.isdigit, code))
    return app if throttle.spend(throttle.USED_CODE, f"{user.pk}:{digits}") else None


def _recovery(user: User, code: str) -> Authenticator | None:
    with transaction.atomic():
        rows = Authenticator.objects.select_for_update(of=("self",))
        codes = rows.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
        return codes if codes is not None and codes.wrap().validate_code(code) else None
