"""Chance: the draw of the seed and the numbers that follow from it."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearinghouse.engine import (
    InputError,
    draw_seed,
    input_digest,
    lottery_ranks,
    market_digest,
    read_market,
    with_seed,
)
from tests.engine.markets import candidate, market, posting

DIGEST = "ab" * 32


@given(st.binary(min_size=1), st.sets(st.text(st.characters(exclude_categories=["Cs"]))))
def test_ranks_ascend_by_digest_of_seed_and_id(seed: bytes, names: set[str]) -> None:
    numbers = {name: hashlib.sha256(seed + name.encode()).hexdigest() for name in names}

    ranks = lottery_ranks(seed.hex(), names)

    assert list(ranks) == sorted(names, key=lambda name: numbers[name])
    assert list(ranks.values()) == list(range(len(names)))


def test_ranks_known_names_with_a_known_seed() -> None:
    """The expected order comes from sha256sum."""
    assert lottery_ranks("01", "abcd") == {"c": 0, "b": 1, "a": 2, "d": 3}


def test_draws_a_seed_from_the_digest_and_the_sorted_secrets() -> None:
    expected = hashlib.sha256(bytes.fromhex(DIGEST) + b"one" + b"two").hexdigest()

    assert draw_seed(DIGEST, [b"two", b"one"]) == expected
    assert draw_seed(DIGEST, [b"one", b"two"]) == expected


@pytest.mark.parametrize(
    ("digest", "secrets", "message"),
    [
        ("zz" * 32, [b"s"], "input_digest: must be 64 digits of lower-case hexadecimal"),
        ("ab", [b"s"], "input_digest: must be 64 digits of lower-case hexadecimal"),
        (DIGEST, [], "secrets: at least one is needed and none may be empty"),
        (DIGEST, [b"s", b""], "secrets: at least one is needed and none may be empty"),
    ],
)
def test_refuses_a_draw_that_anyone_could_guess(
    digest: str, secrets: list[bytes], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        draw_seed(digest, secrets)

    assert str(caught.value) == message


def test_draws_once_from_sealed_input() -> None:
    """Walk the protocol: seal without a seed, draw from the seal, match with the seed."""
    data = market([posting("X", 1)], [candidate("a", ("X", 1))])
    sealed = read_market({key: data[key] for key in data if key != "seed"}, drawn=False)

    seed = draw_seed(input_digest(sealed), [b"state", b"ombudsperson"])
    drawn = with_seed(sealed, seed)

    assert drawn == read_market(data | {"seed": seed})
    assert input_digest(drawn) == input_digest(sealed)
    assert market_digest(drawn) != input_digest(drawn)


def test_refuses_a_seed_that_is_not_hexadecimal() -> None:
    with pytest.raises(InputError, match="seed: must be whole bytes in lower-case hexadecimal"):
        with_seed(read_market(market([], [])), "NOPE")
