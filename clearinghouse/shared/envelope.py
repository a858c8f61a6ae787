"""Envelope encryption: data under a data key, data keys under a wrapping key (AES-256-GCM).

Every sealed text begins with its 12 random bytes of nonce; what it belongs to is authenticated
with it, so that no text can be moved to another row. Data keys stand in the database, wrapping
keys in the environment only (NIST SP 800-38D; SP 800-57 part 1 on key layers).
"""

import base64
import hashlib
import hmac
import secrets
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32
_NONCE = 12
_WRAP = b"clearing house data key\x00"
_MARK = b"clearing house mark\x00"


class UnreadableError(Exception):
    """A sealed text was changed, moved, or sealed under another key."""


class UnknownKeyError(Exception):
    """A data key was wrapped by a wrapping key that this installation does not have."""


def new_key() -> bytes:
    """Return 256 bits by chance."""
    return secrets.token_bytes(KEY_BYTES)


def seal(key: bytes, data: bytes, *, about: str) -> bytes:
    """Encrypt data; `about` says what it belongs to and must be the same when it is opened."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, about.encode())


def unseal(key: bytes, sealed: bytes, *, about: str) -> bytes:
    """Decrypt what `seal` made, or raise `UnreadableError`."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode())
    except (InvalidTag, ValueError) as error:
        raise UnreadableError from error


def mark(key: bytes, data: bytes, *, about: str) -> bytes:
    """Return 16 bytes that are equal for equal data of one key: what a unique index may compare."""
    own = hmac.digest(key, _MARK, hashlib.sha256)
    return hmac.digest(own, about.encode() + b"\x00" + data, hashlib.sha256)[:16]


def wrap(key: bytes, *, owner: str) -> tuple[str, bytes]:
    """Wrap a data key for its owner; return the id of the wrapping key and the wrapped key."""
    name, wrapping = _present(settings.WRAPPING_KEY)
    return name, seal(wrapping, key, about=f"{_WRAP.decode()}{owner}")


def unwrap(name: str, wrapped: bytes, *, owner: str) -> bytes:
    """Return a data key; `name` is the id of the key that wrapped it, the present or a retired one.

    Raises `UnknownKeyError` or `UnreadableError`.
    """
    keys = _retired(settings.WRAPPING_KEYS_RETIRED) | dict([_present(settings.WRAPPING_KEY)])
    if name not in keys:
        raise UnknownKeyError(name)
    return unseal(keys[name], wrapped, about=f"{_WRAP.decode()}{owner}")


def wrapping_id() -> str:
    """Return the id of the wrapping key that wraps now."""
    return _present(settings.WRAPPING_KEY)[0]


@cache
def _present(text: str) -> tuple[str, bytes]:
    key = _decoded(text)
    if key is None:
        # Without the value: a traceback would print the key.
        raise ImproperlyConfigured(
            "WRAPPING_KEY is not set or is no base64 of 32 bytes. "
            "Make one with: openssl rand -base64 32"
        )
    return _id_of(key), key


@cache
def _retired(text: str) -> dict[str, bytes]:
    found = [_decoded(line) for line in text.split()]
    if None in found:
        raise ImproperlyConfigured("WRAPPING_KEYS_RETIRED holds a line that is no key.")
    return {_id_of(key): key for key in found if key is not None}


def _decoded(text: str) -> bytes | None:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        return None
    return key if len(key) == KEY_BYTES else None


def _id_of(key: bytes) -> str:
    return hashlib.sha256(b"clearing house wrapping key\x00" + key).hexdigest()[:16]
