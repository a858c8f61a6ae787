"""Signatures: refused wherever one bit is changed, and each control shown by its absence."""

import base64
import json
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from joserfc import jws
from joserfc.jwk import OKPKey
from joserfc.util import urlsafe_b64encode
from pytest_django import Settings

from clearinghouse.embedded.environment import new_signing_key
from clearinghouse.shared import checks, signing

DOCUMENT = {"format": "letter/1", "text": "قرار", "points": 210}
KIND = "letter+json"
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _reason(token: str, kind: str = KIND) -> str:
    with pytest.raises(signing.SignatureRefusedError) as refused:
        signing.open_signed(token, kind=kind)
    return refused.value.reason


def _last_letter_respelled(token: str) -> str:
    """Change the last character so that it stands for the same bytes."""
    return token[:-1] + BASE64[BASE64.index(token[-1]) ^ 1]


def test_sign_gives_the_same_token_every_time() -> None:
    token = signing.sign(DOCUMENT, kind=KIND)
    assert token == signing.sign(dict(reversed(DOCUMENT.items())), kind=KIND)
    found = signing.open_signed(token, kind=KIND)
    assert (found.document, found.key_id) == (DOCUMENT, signing.key_id())


def test_every_flipped_bit_is_refused() -> None:
    token = signing.sign(DOCUMENT, kind=KIND)
    flipped = [
        token[:at] + chr(ord(letter) ^ 1 << bit) + token[at + 1 :]
        for at, letter in enumerate(token)
        for bit in range(8)
    ]
    assert {_reason(one) for one in flipped} <= {"malformed", "unknown_key", "invalid"}
    assert len(flipped) == 8 * len(token)


def test_another_spelling_of_the_same_bytes_is_refused() -> None:
    token = signing.sign(DOCUMENT, kind=KIND)
    respelled = _last_letter_respelled(token)
    assert base64.urlsafe_b64decode(respelled[-86:] + "==") == base64.urlsafe_b64decode(
        token[-86:] + "=="
    )
    assert _reason(respelled) == "invalid"


def test_forged_document_passes_only_without_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    head, _, seal = signing.sign(DOCUMENT, kind=KIND).split(".")
    better = urlsafe_b64encode(json.dumps({**DOCUMENT, "points": 999}).encode()).decode()
    forged = f"{head}.{better}.{seal}"
    assert _reason(forged) == "invalid"
    monkeypatch.setattr(
        jws,
        "deserialize_compact",
        lambda token, *_, **__: jws.extract_compact(token.encode(), registry=signing._REGISTRY),
    )
    assert signing.open_signed(forged, kind=KIND).document["points"] == 999


def test_only_one_algorithm_is_known() -> None:
    head, body, seal = signing.sign(DOCUMENT, kind=KIND).split(".")
    for header in (
        {"alg": "none", "kid": signing.key_id(), "typ": KIND},
        {"alg": "HS256", "kid": signing.key_id(), "typ": KIND},
        {"alg": "EdDSA", "kid": "another", "typ": KIND},
        {"alg": "EdDSA", "kid": signing.key_id(), "typ": KIND, "crit": ["b64"], "b64": False},
    ):
        changed = urlsafe_b64encode(json.dumps(header).encode()).decode()
        assert _reason(f"{changed}.{body}.{seal}") in {"malformed", "unknown_key", "invalid"}
    for text in ("", ".", "..", "a.b.c", f"{head}.{body}", f"{head}.{body}.", "x" * 2_000_000):
        assert _reason(text) == "malformed"


def test_kinds_are_not_mixed_up() -> None:
    token = signing.sign(DOCUMENT, kind=KIND)
    assert _reason(token, "receipt+json") == "malformed"
    assert signing.open_signed(token, kind=KIND)


def test_key_of_somebody_else_is_refused_unless_it_is_listed(settings: Settings) -> None:
    own = settings.SIGNING_KEY
    settings.SIGNING_KEY = new_signing_key()
    token, listed = signing.sign(DOCUMENT, kind=KIND), signing.public_keys()
    settings.SIGNING_KEY = own
    assert _reason(token) == "unknown_key"
    settings.SIGNING_KEYS_RETIRED = json.dumps(listed)
    assert signing.open_signed(token, kind=KIND).document == DOCUMENT
    assert [key["kid"] for key in signing.public_keys()["keys"]] == [
        signing.key_id(),
        listed["keys"][0]["kid"],
    ]


def test_public_keys_hold_nothing_private() -> None:
    (key,) = signing.public_keys()["keys"]
    assert set(key) == {"kty", "crv", "x", "kid", "use", "alg"}
    assert key["kid"] == OKPKey.import_key(key).thumbprint()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("SIGNING_KEY", ""),
        ("SIGNING_KEY", "build"),
        ("SIGNING_KEY", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"),
        ("SIGNING_KEYS_RETIRED", "{}"),
        ("SIGNING_KEYS_RETIRED", "not json"),
    ],
)
def test_start_is_refused_without_usable_keys(settings: Settings, name: str, text: str) -> None:
    assert checks.check_signing_keys() == []
    setattr(settings, name, text)
    (error,) = checks.check_signing_keys()
    assert name in error.msg
    with pytest.raises(ImproperlyConfigured):
        signing.public_keys()


def test_private_key_is_never_taken_for_an_old_public_one(settings: Settings) -> None:
    private: Any = OKPKey.import_key(new_signing_key()).as_dict(private=True)
    settings.SIGNING_KEYS_RETIRED = json.dumps({"keys": [private]})
    with pytest.raises(ImproperlyConfigured, match="other than public"):
        signing.public_keys()
