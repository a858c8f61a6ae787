"""Signed documents: JSON in RFC 8785 bytes, signed with Ed25519 as a compact JWS (RFC 7515, 8037).

The same document gives the same signature, whenever it is made. The private key comes from the
environment and stands in no table; old public keys stay listed, so that old papers can be checked.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import rfc8785
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.util import urlsafe_b64decode

ALGORITHM = "EdDSA"
# Longer than any document that the house signs.
TOKEN_MAX = 1_000_000
_CURVE = "Ed25519"
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}")


class _OneAlgorithm(jws.JWSRegistry):
    """Knows EdDSA and nothing else, and takes documents longer than the library's default.

    The library warns of EdDSA because RFC 9864 prefers the name "Ed25519", which few checkers know
    yet; with one curve allowed the two mean the same.
    """

    max_payload_length = TOKEN_MAX

    def get_alg(self, name: str) -> Any:
        """Return the algorithm, or refuse any other name."""
        if name != ALGORITHM:
            raise JoseError(f"{name!r} is not {ALGORITHM}")
        return self.algorithms[ALGORITHM]


_REGISTRY = _OneAlgorithm()


class SignatureRefusedError(ValueError):
    """A text is no document of ours, or not any more; `reason` is a stable word.

    `malformed`: no compact JWS of this kind; `unknown_key`: signed by a key that is not listed;
    `invalid`: changed after it was signed.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Signed:
    """A document whose signature holds, and the id of the key that it was signed with."""

    key_id: str
    document: dict[str, Any]


def sign(document: Mapping[str, Any], *, kind: str) -> str:
    """Return a document as a compact JWS; `kind` is its `typ`, so that no two kinds are mixed up.

    Raises `ImproperlyConfigured` without a usable SIGNING_KEY.
    """
    key = _own_key()
    header = {"alg": ALGORITHM, "kid": key_id(), "typ": kind}
    return jws.serialize_compact(header, rfc8785.dumps(dict(document)), key, registry=_REGISTRY)


def open_signed(token: str, *, kind: str) -> Signed:
    """Return what a compact JWS says if one of our keys has signed exactly these characters.

    Raises `SignatureRefusedError`.
    """
    if len(token) > TOKEN_MAX or not _COMPACT.fullmatch(token):
        raise SignatureRefusedError("malformed")
    header = _header_of(token)
    if header.get("alg") != ALGORITHM or header.get("typ") != kind:
        raise SignatureRefusedError("malformed")
    key = _listed_keys().get(str(header.get("kid")))
    if key is None:
        raise SignatureRefusedError("unknown_key")
    try:
        found = jws.deserialize_compact(token, key, registry=_REGISTRY)
    except (JoseError, ValueError) as error:
        raise SignatureRefusedError("invalid") from error
    document = json.loads(found.payload)
    if not isinstance(document, dict):
        raise SignatureRefusedError("invalid")
    return Signed(key_id=str(header["kid"]), document=document)


def key_id() -> str:
    """Return the id of the key that signs now: its thumbprint (RFC 7638)."""
    return str(_own_key().thumbprint())


def public_keys() -> dict[str, list[dict[str, Any]]]:
    """Return the public keys as a JWK set (RFC 7517): the one that signs now, then old ones."""
    return {
        "keys": [
            {
                "kty": "OKP",
                "crv": _CURVE,
                "x": str(key.as_dict(private=False)["x"]),
                "kid": name,
                "use": "sig",
                "alg": ALGORITHM,
            }
            for name, key in _listed_keys().items()
        ]
    }


def _own_key() -> OKPKey:
    return _private_key(settings.SIGNING_KEY)


def _listed_keys() -> dict[str, OKPKey]:
    own = _own_key()
    return {str(own.thumbprint()): own, **_retired_keys(settings.SIGNING_KEYS_RETIRED)}


@cache
def _private_key(pem: str) -> OKPKey:
    try:
        key = OKPKey.import_key(pem)
        if key.is_private and key.as_dict(private=False)["crv"] == _CURVE:
            return key
    except (JoseError, ValueError, TypeError):
        # Not chained: a traceback would print the text of the key.
        pass
    raise ImproperlyConfigured(
        "SIGNING_KEY is not set or is no Ed25519 private key in PEM. "
        "Make one with: openssl genpkey -algorithm ed25519"
    )


@cache
def _retired_keys(text: str) -> dict[str, OKPKey]:
    if not text.strip():
        return {}
    try:
        keys = [OKPKey.import_key(row) for row in json.loads(text)["keys"]]
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ImproperlyConfigured("SIGNING_KEYS_RETIRED is no JWK set.") from error
    wrong = any(key.is_private or key.as_dict(private=False)["crv"] != _CURVE for key in keys)
    if wrong:
        raise ImproperlyConfigured("SIGNING_KEYS_RETIRED holds other than public Ed25519 keys.")
    return {str(key.thumbprint()): key for key in keys}


def _header_of(token: str) -> dict[str, Any]:
    try:
        header = json.loads(urlsafe_b64decode(token.partition(".")[0].encode("ascii")))
    except ValueError as error:
        raise SignatureRefusedError("malformed") from error
    if not isinstance(header, dict):
        raise SignatureRefusedError("malformed")
    return header
