"""Three thousand invented workers, the same ones every time."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random

from clearinghouse.demo.names import (
    FAMILY,
    GIVEN,
    LABOUR_ORIGINS,
    REFUGEE_ORIGINS,
    region_of,
)

SEED = 2026
WORKERS = 3000
PROTECTED_SHARE = 0.08

# Trades (ISCO-08) with their share, the usual schooling, and the longest experience.
_TRADES = (
    ("9211", 16, "1", 15), ("9214", 12, "1", 12), ("7119", 9, "2", 15), ("5120", 8, "2", 12),
    ("5131", 5, "2", 8), ("5321", 7, "3", 10), ("5322", 5, "3", 12), ("9329", 7, "2", 8),
    ("8219", 4, "2", 10), ("8160", 3, "2", 10), ("7511", 5, "2", 12), ("9112", 6, "1", 10),
    ("2512", 3, "6", 12), ("2511", 2, "7", 12), ("2221", 2, "6", 15), ("7212", 3, "3", 15),
    ("7411", 3, "3", 15), ("7115", 2, "2", 15), ("6111", 4, "1", 15), ("9313", 2, "1", 12),
    ("7533", 2, "1", 12), ("8332", 2, "2", 15), ("9216", 2, "1", 12), ("6113", 2, "1", 12),
)  # fmt: skip
_LANGUAGES = ("en", "de", "ja", "ko", "it")
_LEVELS = ("A1", "A2", "B1", "B2", "C1")


@dataclass(frozen=True, slots=True)
class Invented:
    """One invented worker; `protected` is the outcome of a determination or ''."""

    number: int
    public_id: uuid.UUID
    application_id: uuid.UUID
    given_names: str
    family_name: str
    birth_date: date
    nationality: str
    former_residence: str
    occupation: str
    experience_years: int
    qualification: str
    languages: dict[str, str]
    protected: str


def invent(today: date, *, count: int = WORKERS) -> Iterator[Invented]:
    """Yield invented workers; the day only moves birth dates, so that ages stay the same."""
    rng = Random(SEED)  # noqa: S311 - invented people, not secrets
    for number in range(1, count + 1):
        protected = _protected(rng)
        yield _one(rng, number, today, protected)


def _protected(rng: Random) -> str:
    if rng.random() >= PROTECTED_SHARE:
        return ""
    return rng.choices(("recognised", "forced_migrant"), weights=(7, 3))[0]


def _one(rng: Random, number: int, today: date, protected: str) -> Invented:
    origin = rng.choice(REFUGEE_ORIGINS if protected or rng.random() < 0.08 else LABOUR_ORIGINS)
    code, _share, schooling, longest = rng.choices(_TRADES, weights=[row[1] for row in _TRADES])[0]
    age = rng.randint(19, 48)
    region = region_of(origin)
    return Invented(
        number=number,
        public_id=_uuid(rng),
        application_id=_uuid(rng),
        given_names=rng.choice(GIVEN[region]),
        family_name=rng.choice(FAMILY[region]),
        birth_date=date(today.year - age, rng.randint(1, 12), rng.randint(1, 28)),
        nationality=origin,
        former_residence=origin if protected else "",
        occupation=code,
        experience_years=min(rng.randint(0, longest), age - 17),
        qualification=str(min(8, max(0, int(schooling) + rng.choice((-1, 0, 0, 0, 1))))),
        languages=_languages(rng),
        protected=protected,
    )


def _languages(rng: Random) -> dict[str, str]:
    known = rng.sample(_LANGUAGES, k=rng.choice((1, 1, 2, 2, 3)))
    return {code: rng.choices(_LEVELS, weights=(30, 35, 20, 10, 5))[0] for code in known}


def _uuid(rng: Random) -> uuid.UUID:
    return uuid.UUID(int=rng.getrandbits(128), version=4)
