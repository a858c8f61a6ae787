"""Opaque names of states, kept where nobody must see which state is meant."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_LABEL = b"clearing house shield token\x00"
_BITS = 63
# A person's copy holds a multiple of so many tokens, so that their number says little.
BLOCK = 8


def state_token(iso2: str) -> int:
    """Return the token of a state: HMAC-SHA256 of its ISO alpha-2 code, cut to 63 bits, above 0.

    Raises `ImproperlyConfigured` without a usable SHIELD_KEY.
    """
    return _token(settings.SHIELD_KEY, iso2.upper())


def padded(tokens: Iterable[int]) -> list[int]:
    """Return tokens sorted among random ones, a multiple of eight; none stay none."""
    real = set(tokens)
    while len(real) % BLOCK:
        real.add(secrets.randbits(_BITS) or 1)
    return sorted(real)


def hides(shield: Iterable[int], tokens: Iterable[int]) -> bool:
    """Tell whether a shield names one of these tokens."""
    return not set(shield).isdisjoint(tokens)


@cache
def _token(key: str, iso2: str) -> int:
    digest = hmac.new(_key(key), _LABEL + iso2.encode("ascii"), hashlib.sha256).digest()
    return (int.from_bytes(digest[:8], "big") >> 1) or 1


@cache
def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise ImproperlyConfigured(
            "SHIELD_KEY is not set or is no base64 of 32 bytes. "
            "Make one with: openssl rand -base64 32"
        )
    return key
