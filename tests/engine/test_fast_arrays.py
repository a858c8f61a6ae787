"""Arrays that are no market, and archives that are no arrays: refused with the place."""

import io
import json
import zipfile
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clearinghouse.bench.market import generate
from clearinghouse.engine import InputError, check_arrays, match_plain, read_market, to_arrays
from clearinghouse.engine.cli import main
from tests.engine.arrays import changed
from tests.engine.markets import Json, random_market


def sound() -> Any:
    return generate(40, 6, 1)


def capped() -> Any:
    return replace(sound(), cap=np.array([0, 0, 1, 1, -1, -1], np.int32),
                   cap_limit=np.array([9, 9], np.int32), order=np.zeros(6, np.uint8),
                   reserve=np.zeros(6, np.int32))  # fmt: skip


BAD = [
    ("indptr", 0, 1, r"indptr\[0\]: must be 0"),
    ("indptr", 5, 999, r"indptr\[6\]: \d+ goes down"),
    ("indptr", 40, 7, r"indptr\[40\]: must be \d+, not 7"),
    ("posting", 3, 6, r"posting\[3\]: 6 must be between 0 and 5"),
    ("posting", 3, -1, r"posting\[3\]: -1 must be between 0 and 5"),
    ("protected", 4, 2, r"protected\[4\]: 2 must be between 0 and 1"),
    ("lottery", 4, 40, r"lottery\[4\]: 40 must be between 0 and 39"),
    ("lottery", 4, -1, r"lottery\[4\]: -1 must be between 0 and 39"),
    ("quota", 2, -1, r"quota\[2\]: -1 must be between 0"),
    ("reserve", 2, 1000, r"reserve\[2\]: 1000 is above the quota"),
    ("order", 2, 2, r"order\[2\]: 2 must be between 0 and 1"),
    ("cap", 2, 2, r"cap\[2\]: 2 must be between -1 and 1"),
    ("cap_limit", 1, -5, r"cap_limit\[1\]: -5 must be between 0"),
]


@pytest.mark.parametrize(("name", "index", "value", "message"), BAD)
def test_names_array_and_index(name: str, index: int, value: int, message: str) -> None:
    check_arrays(capped())

    with pytest.raises(InputError, match=message):
        check_arrays(changed(capped(), name, index, value))


def test_refuses_a_lottery_number_drawn_twice() -> None:
    market = sound()
    first, second = np.flatnonzero(market.lottery < 2)

    with pytest.raises(InputError, match=rf"lottery\[{first}\].*drawn by two") as caught:
        check_arrays(replace(market, lottery=np.maximum(market.lottery, 1)))

    assert [row.place for row in caught.value.problems] == [
        f"lottery[{first}]", f"lottery[{second}]",
    ]  # fmt: skip


@pytest.mark.parametrize("length", [2, 20, 300])
def test_refuses_a_wish_twice_in_short_and_long_lists(length: int) -> None:
    wishes = np.concatenate([np.arange(length), np.arange(length)]).astype(np.int32)
    market = replace(
        sound(), indptr=np.array([0, length, 2 * length]), posting=wishes,
        points=np.zeros(2 * length, np.uint16), protected=np.zeros(2, np.uint8),
        lottery=np.arange(2), **_postings(length),
    )  # fmt: skip
    check_arrays(market)

    with pytest.raises(InputError) as caught:
        check_arrays(changed(market, "posting", 2 * length - 1, 0))

    assert str(caught.value) == f"posting[{2 * length - 1}]: 0 is wished twice"


def _postings(count: int) -> dict[str, Any]:
    return {
        "quota": np.ones(count, np.int32), "reserve": np.zeros(count, np.int32),
        "order": np.zeros(count, np.uint8), "cap": np.full(count, -1, np.int32),
    }  # fmt: skip


def test_refuses_caps_outside_the_two_templates() -> None:
    mixed = changed(capped(), "order", 1, 1)
    with pytest.raises(InputError, match=r"cap_limit\[0\]: 9 caps postings of both orders"):
        check_arrays(mixed)
    with pytest.raises(InputError, match=r"cap_limit\[1\]: 9 limits no posting"):
        check_arrays(replace(capped(), cap=np.zeros(6, np.int32)))
    tight = replace(capped(), reserve=capped().quota, cap_limit=np.array([9, 0], np.int32))
    with pytest.raises(InputError, match=r"cap_limit\[1\]: 0 is below the reserves"):
        check_arrays(tight)


def test_refuses_other_types_and_lengths() -> None:
    for field in fields(sound()):
        array = getattr(sound(), field.name)
        for bad in (array.astype(np.float64), array.reshape(1, -1), array.tolist()):
            with pytest.raises(InputError, match=field.name):
                check_arrays(replace(sound(), **{field.name: bad}))
    points = sound().points.astype(np.float64)
    points[7] = np.nan
    with pytest.raises(InputError, match=r"points\[7\]: must be uint16, not NaN"):
        check_arrays(replace(sound(), points=points))
    for name in ("lottery", "points", "reserve", "order", "cap", "indptr"):
        with pytest.raises(InputError, match=rf"{name}: must have \d+ entries"):
            check_arrays(replace(sound(), **{name: getattr(sound(), name)[:-1]}))


def test_counts_the_faults_it_does_not_list() -> None:
    market = sound()
    with pytest.raises(InputError) as caught:
        check_arrays(replace(market, posting=np.full_like(market.posting, 99)))

    assert len(caught.value.problems) == 10
    assert caught.value.left_out == len(market.posting) - 10


# Archives


def archive(path: Path, data: Json, **more: Any) -> Path:
    market = read_market(data)
    arrays = {field.name: getattr(to_arrays(market), field.name)
              for field in fields(to_arrays(market))}  # fmt: skip
    names = {
        "ids": np.array([row.id for row in market.candidates]),
        "posting_ids": np.array([row.id for row in market.postings]),
    }
    np.savez(path, **{**arrays, **names, **more})
    return path


def example() -> Json:
    return random_market(11, people=30, postings=6, wishes=4)


@pytest.mark.parametrize("engine", ["auto", "numba", "numpy", "plain"])
def test_matches_verifies_and_explains_archives(
    engine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    market = archive(tmp_path / "market.npz", example())
    plan = tmp_path / "plan.npz"
    written, text = tmp_path / "market.json", tmp_path / "plan.json"
    written.write_text(json.dumps(example()), encoding="utf-8")

    assert main(["match", str(market), "--out", str(plan), "--engine", engine]) == 0
    assert main(["verify", str(market), str(plan)]) == 0
    assert main(["match", str(written), "--out", str(text), "--engine", engine]) == 0
    capsys.readouterr()

    with np.load(plan) as arrays:
        placed = (arrays["assignment"] >= 0).sum()
    sealed = match_plain(read_market(example()))
    assert placed == sum(row.posting is not None for row in sealed.assignments)
    for row in sealed.assignments:
        shown = []
        for one, other in ((market, plan), (written, text)):
            assert main(["explain", str(one), str(other), row.candidate, "--json"]) == 0
            shown.append(json.loads(capsys.readouterr().out))
        assert shown[0] == shown[1]


def test_finds_what_was_changed_in_an_archive(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    market, plan = archive(tmp_path / "m.npz", example()), tmp_path / "p.npz"
    main(["match", str(market), "--out", str(plan)])
    with np.load(plan) as arrays:
        members = dict(arrays)
    spot = int(np.flatnonzero(members["assignment"] >= 0)[0])
    members["assignment"][spot] = members["seat"][spot] = -1
    np.savez(plan, **members)

    assert main(["verify", str(market), str(plan)]) == 1

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "plan_digest_wrong: the digest does not fit"
    assert f"certificate_broken: candidate {spot}" in lines
    assert lines[-1] == f"not verified: {len(lines) - 1} findings"


def test_explains_by_index_where_the_archive_has_no_ids(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arrays = generate(30, 4, 1)
    market, plan = tmp_path / "m.npz", tmp_path / "p.npz"
    np.savez(market, **{field.name: getattr(arrays, field.name) for field in fields(arrays)})
    assert main(["match", str(market), "--out", str(plan)]) == 0

    assert main(["explain", str(market), str(plan), "3"]) == 0
    assert main(["explain", str(market), str(plan), "30"]) == 2
    assert capsys.readouterr().err == f"{market}: there is no candidate '30'\n"


def _bytes(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def _zip(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)
    return stream.getvalue()


def _lying() -> bytes:
    stream = io.BytesIO()
    form = {"descr": "<i4", "fortran_order": False, "shape": (10**12,)}
    np.lib.format.write_array_header_1_0(stream, form)
    return stream.getvalue()


GARBAGE = {
    "not a zip": (b"\0" * 5000, "is not a whole .npz archive"),
    "empty": (b"", "is not a whole .npz archive"),
    "no arrays": (_zip(), "indptr: missing array"),
    "pickle": (_zip(quota=_bytes(np.array([{}], object))), "quota: is not an array"),
    "complex": (_zip(quota=_bytes(np.zeros(3, complex))), "quota: is not an array"),
    "two dimensions": (_zip(quota=_bytes(np.zeros((3, 3)))), "quota: is not an array"),
    "other name": (_zip(virus=_bytes(np.zeros(3))), "virus.npy: unknown array"),
    "no header": (_zip(quota=b"hello"), "quota: is not an array"),
    "lies about length": (_zip(quota=_lying()), "quota: is not an array"),
    "too short": (_zip(quota=_bytes(np.zeros(50))[:-8]), "quota: is not an array"),
    "too long": (_zip(quota=_bytes(np.zeros(50)) + b"more"), "quota: is not an array"),
}


@pytest.mark.parametrize("name", GARBAGE)
def test_refuses_garbage_with_its_place(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, message = GARBAGE[name]
    path = tmp_path / "market.npz"
    path.write_bytes(content)

    assert main(["match", str(path), "--out", str(tmp_path / "plan.npz")]) == 2

    error = capsys.readouterr().err
    assert error.startswith(f"{path}: ")
    assert message in error


def test_refuses_a_truncated_archive_and_a_damaged_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = archive(tmp_path / "m.npz", example()).read_bytes()
    path = tmp_path / "broken.npz"
    for content in (whole[: len(whole) // 2], whole[:200] + b"\xff" * 40 + whole[240:]):
        path.write_bytes(content)
        assert main(["match", str(path), "--out", str(tmp_path / "plan.npz")]) == 2
        assert capsys.readouterr().err.startswith(f"{path}: ")


def test_refuses_two_gigabytes_of_garbage_without_reading_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sparse, bomb = tmp_path / "sparse.npz", tmp_path / "bomb.npz"
    with sparse.open("wb") as file:
        file.truncate(2 << 30)
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive_file:
        archive_file.writestr("quota.npy", b"")
    content = bytearray(bomb.read_bytes())
    directory = content.rindex(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = (0xFFFFFFF0).to_bytes(4, "little")
    bomb.write_bytes(content + b"")

    for path, message in ((sparse, "is not a whole .npz archive"), (bomb, "quota: is not")):
        assert main(["match", str(path), "--out", str(tmp_path / "plan.npz")]) == 2
        assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"ids": np.array(["a", "a"])}, "ids: must be 30 texts"),
        ({"ids": np.array(["a"] * 30)}, "ids: names something twice"),
        ({"ids": np.arange(30)}, "ids: must be 30 texts, not int64 (30,)"),
        ({"points": np.full(3, np.nan)}, "points[0]: must be uint16, not NaN"),
        ({"quota": np.zeros(3, np.int64)}, "quota: must be int32, not int64"),
    ],
)
def test_refuses_arrays_of_an_archive(
    more: dict[str, Any], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = example() | {"candidates": example()["candidates"]}
    data["candidates"] += [
        {"id": f"x{index}", "protected": False, "wishes": []}
        for index in range(30 - len(data["candidates"]))
    ]
    path = archive(tmp_path / "m.npz", data, **more)

    assert main(["match", str(path), "--out", str(tmp_path / "p.npz")]) == 2
    assert f"{path}: {message}" in capsys.readouterr().err


def test_refuses_to_mix_forms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    market = archive(tmp_path / "m.npz", example())
    plan = tmp_path / "plan.json"

    assert main(["match", str(market)]) == 2
    assert main(["match", str(market), "--out", str(plan)]) == 2
    assert main(["verify", str(market), str(plan)]) == 2
    assert main(["explain", str(market), str(plan), "c1"]) == 2
    assert capsys.readouterr().err.count("must be a .npz file when the market is one") == 4


def test_refuses_a_cap_over_two_states(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arrays = capped()
    members = {field.name: getattr(arrays, field.name) for field in fields(arrays)}
    path = tmp_path / "m.npz"
    np.savez(path, **members, states=np.array(list("AABCDD")))

    assert main(["match", str(path), "--out", str(tmp_path / "p.npz")]) == 2
    assert capsys.readouterr().err == (f"{path}: cap_limit[1]: caps postings of different states\n")
