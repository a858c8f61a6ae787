"""Second factors of the demonstration: a secret for each official, and the code of the moment."""

import base64
import hashlib
import hmac

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt, encrypt
from django.conf import settings

from accounts.models import User

_PERIOD = 30


def give_factors(users: list[User]) -> None:
    """Give every one of these officials an authenticator app."""
    Authenticator.objects.bulk_create(
        [
            Authenticator(
                user=user,
                type=Authenticator.Type.TOTP,
                data={"secret": encrypt(secret_of(user.email))},
            )
            for user in users
        ]
    )


def secret_of(email: str) -> str:
    """Return the secret of an official, the same every time on this installation."""
    digest = hmac.new(settings.SECRET_KEY.encode(), f"demo:{email}".encode(), hashlib.sha256)
    return base64.b32encode(digest.digest()[:20]).decode()


def code_of(email: str, *, seconds: float) -> str | None:
    """Return the code that the app of this person shows at a moment (seconds since 1970)."""
    apps = Authenticator.objects.filter(
        user__email__iexact=email, type=Authenticator.Type.TOTP
    ).first()
    if apps is None:
        return None
    return str(format_hotp_value(hotp_value(decrypt(apps.data["secret"]), int(seconds) // _PERIOD)))
