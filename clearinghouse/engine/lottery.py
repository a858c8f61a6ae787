"""Chance, all of it: one number per candidate and round, drawn from a seed nobody could choose."""

import hashlib
import re
from collections.abc import Iterable, Sequence

from .errors import refusal


def draw_seed(input_digest_hex: str, secrets: Sequence[bytes]) -> str:
    """Return the round's seed: SHA-256 over the input digest's bytes and the sorted secrets.

    The digest is 64 hexadecimal digits; secrets are the revealed ones, each non-empty, at least
    one. Raises InputError. Source: matching page, section 4.
    """
    if not re.fullmatch("[0-9a-f]{64}", input_digest_hex):
        raise refusal("input_digest", "must be 64 digits of lower-case hexadecimal")
    if not secrets or not all(secrets):
        raise refusal("secrets", "at least one is needed and none may be empty")
    return hashlib.sha256(bytes.fromhex(input_digest_hex) + b"".join(sorted(secrets))).hexdigest()


def lottery_ranks(seed: str, candidates: Iterable[str]) -> dict[str, int]:
    """Return each candidate's lottery rank, 0 best, listed best first.

    Ascending SHA-256 over the seed's bytes followed by the UTF-8 bytes of the candidate's id.
    Raises InputError if the seed has not been drawn. Source: matching page, section 1.
    """
    if not seed:
        raise refusal("seed", "has not been drawn yet")
    start = hashlib.sha256(bytes.fromhex(seed))

    def ticket(candidate: str) -> bytes:
        number = start.copy()
        number.update(candidate.encode())
        return number.digest()

    return {name: rank for rank, name in enumerate(sorted(candidates, key=ticket))}
