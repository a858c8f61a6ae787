"""Signed letters: the checker's own Ed25519 and JWS against the RFC and a library."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OKPKey

import verify_round

# RFC 8032, 7.1: secret key is not needed; public key, message, signature.
VECTORS = (
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
)
LETTER: dict[str, Any] = {
    "format": "mvch-explanation/1",
    "round": 1,
    "candidate": "c1",
    "input_digest": "a" * 64,
    "result": {"posting": "FR-1", "seat": "open"},
    "wishes": [
        {"posting": "DE-1", "points": 5, "result": "cutoff_not_met", "cutoff": 7},
        {"posting": "FR-1", "points": 6, "result": "placed", "cutoff": None},
    ],
    "text": "You got a place at FR-1.",
}


@pytest.fixture(scope="module")
def key() -> OKPKey:
    return OKPKey.generate_key("Ed25519", {"kid": "k1"})


def write(folder: Path, key: OKPKey, letter: dict[str, Any]) -> tuple[str, str]:
    registry = jws.JWSRegistry(algorithms=["Ed25519"])
    token = jws.serialize_compact(
        {"alg": "Ed25519", "kid": "k1"}, json.dumps(letter).encode(), key, registry=registry
    )
    (folder / "letter.jws").write_text(token + "\n")
    keys = {"keys": [{**key.as_dict(private=False), "kid": "k1"}]}
    (folder / "keys.json").write_text(json.dumps(keys))
    return str(folder / "letter.jws"), str(folder / "keys.json")


def status_of(*words: str) -> int:
    try:
        return verify_round.main(list(words))
    except SystemExit as ended:
        return int(str(ended.code))


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_signed_by_holds_for_the_vectors_of_the_rfc_and_no_flipped_bit(
    public: str, message: str, signature: str
) -> None:
    parts = [bytes.fromhex(text) for text in (public, message, signature)]
    assert verify_round.signed_by(*parts)
    for which, at in ((0, 3), (2, 0), (2, 31), (2, 40), (2, 63)):
        forged = [bytearray(part) for part in parts]
        forged[which][at] ^= 1
        assert not verify_round.signed_by(*map(bytes, forged))
    assert not verify_round.signed_by(parts[0], parts[1] + b"x", parts[2])


def test_signature_with_a_scalar_above_the_order_is_refused() -> None:
    public, message, signature = (bytes.fromhex(text) for text in VECTORS[1])
    scalar = int.from_bytes(signature[32:], "little") + verify_round.ORDER
    twin = signature[:32] + scalar.to_bytes(32, "little")
    assert not verify_round.signed_by(public, message, twin)


def test_letter_is_checked_and_printed(
    tmp_path: Path, key: OKPKey, capsys: pytest.CaptureFixture[str]
) -> None:
    letter, keys = write(tmp_path, key, LETTER)
    assert status_of(letter, "--keys", keys) == 0
    assert "You got a place at FR-1." in capsys.readouterr().out
    assert status_of(letter) == 2


def test_changed_letters_and_foreign_keys_are_refused(tmp_path: Path, key: OKPKey) -> None:
    letter, keys = write(tmp_path, key, LETTER)
    token = Path(letter).read_text().strip()
    for at in range(0, len(token), 37):
        other = "A" if token[at] != "A" else "B"
        Path(letter).write_text(token[:at] + other + token[at + 1 :])
        assert status_of(letter, "--keys", keys) in (1, 2), at
    for text in ("", "a.b", "a.b.c.d", "....", "é.é.é"):
        Path(letter).write_text(text)
        assert status_of(letter, "--keys", keys) == 2
    Path(letter).write_text(token)
    Path(keys).write_text(json.dumps({"keys": []}))
    assert status_of(letter, "--keys", keys) == 1
    none = base64.urlsafe_b64encode(b'{"alg":"none","kid":"k1"}').rstrip(b"=").decode()
    Path(letter).write_text(none + token[token.index(".") :])
    assert status_of(letter, "--keys", keys) == 2


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 0),
        ({"candidate": "c2"}, 1),
        ({"input_digest": "b" * 64}, 1),
        ({"result": None}, 1),
        ({"wishes": [{**LETTER["wishes"][0], "cutoff": 4}, LETTER["wishes"][1]]}, 1),
        ({"wishes": [{**LETTER["wishes"][0], "points": 9}, LETTER["wishes"][1]]}, 1),
    ],
)
def test_letter_is_compared_with_the_own_proof(
    change: dict[str, Any], status: int, tmp_path: Path, key: OKPKey
) -> None:
    entry = {
        "id": "c1",
        "protected": False,
        "wishes": [{"posting": "DE-1", "points": 5}, {"posting": "FR-1", "points": 6}],
    }
    proof = {
        "format": "mvch-proof/1", "round": 1, "entry": entry, "leaf_salt": "00" * 32, "index": 0,
        "size": 1, "path": [], "merkle_root": verify_round.leaf(bytes(32), entry).hex(),
        "input_digest": "a" * 64, "rules_digest": "b" * 64, "seed": "",
    }  # fmt: skip
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(proof))
    letter, keys = write(tmp_path, key, LETTER | change)
    assert status_of(str(path), "--explanation", letter, "--keys", keys) == status
