"""Markets and plans as .npz archives: the arrays of `arrays`, with optional names.

An archive is a zip of .npy members. Nothing in it is trusted: sizes are judged before anything is
loaded, and pickled objects are never read.
"""

import hashlib
import zipfile
import zlib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import IO, Any, Final, TypeVar

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from .array_checks import check_arrays
from .arrays import ArrayMarket, ArrayPlan
from .errors import InputError, Problems, refusal
from .types import ENGINE_VERSION

Array = NDArray[Any]
Form = TypeVar("Form", ArrayMarket, ArrayPlan)

LARGEST: Final = 4 << 30
"""No archive may unpack to more bytes."""

_NAMES: Final = ("ids", "posting_ids", "states")
_SEALS: Final = ("engine", "market_digest", "digest")
_CAPS: Final = ("cap", "cap_limit")


@dataclass(frozen=True, slots=True)
class NamedMarket:
    """A market in arrays, and what its archive calls its candidates and postings."""

    market: ArrayMarket
    ids: Array | None
    posting_ids: Array | None

    def candidate(self, name: str) -> int:
        """Return the index of the candidate of that id, or index where there are no ids.

        Raises LookupError.
        """
        if self.ids is not None:
            return int(np.flatnonzero(self.ids == name)[0])
        if not (name.isascii() and name.isdigit() and int(name) < len(self.market.protected)):
            raise LookupError(name)
        return int(name)

    def candidate_id(self, index: int) -> str:
        """Return the id of a candidate, its index where there are no ids."""
        return str(index if self.ids is None else self.ids[index])

    def posting_id(self, index: int) -> str:
        """Return the id of a posting, its index where there are no ids."""
        return str(index if self.posting_ids is None else self.posting_ids[index])


def read_market_archive(path: Path) -> NamedMarket:
    """Return the market of an .npz file. Raises InputError with file, array and index."""
    members = _read(path, {field.name for field in fields(ArrayMarket)} | {*_NAMES})
    if "quota" in members and not {*_CAPS} & members.keys():
        members["cap"] = np.full(len(members["quota"]), -1, np.int32)
        members["cap_limit"] = np.empty(0, np.int32)
    try:
        market = _form(ArrayMarket, members)
        check_arrays(market)
        _check_names(market, members)
    except InputError as error:
        raise error.in_file(str(path)) from error
    return NamedMarket(market, members.get("ids"), members.get("posting_ids"))


def write_plan_archive(path: Path, market: ArrayMarket, plan: ArrayPlan) -> None:
    """Write a plan with the digests of its market and itself. Raises InputError."""
    digest = array_digest(market)
    seals = {"engine": ENGINE_VERSION, "market_digest": digest, "digest": _sealed(plan, digest)}
    try:
        with path.open("wb") as file:
            np.savez(file, allow_pickle=False, **_members(plan), **seals)
    except OSError as error:
        raise refusal(str(path), f"cannot be written: {error.strerror}") from error


def read_plan_archive(path: Path, market: ArrayMarket) -> tuple[ArrayPlan, list[str]]:
    """Return a plan and which of its two digests do not fit ("market_digest", "digest").

    Raises InputError.
    """
    members = _read(path, {field.name for field in fields(ArrayPlan)} | {*_SEALS})
    try:
        plan = _form(ArrayPlan, members)
        digest = array_digest(market)
        right = {"market_digest": digest, "digest": _sealed(plan, digest)}
        return plan, [name for name in right if str(members.get(name)) != right[name]]
    except InputError as error:
        raise error.in_file(str(path)) from error


def array_digest(form: ArrayMarket | ArrayPlan) -> str:
    """Return the SHA-256 over every array's name, type, length and bytes (little-endian)."""
    digest = hashlib.sha256()
    for name, array in _members(form).items():
        whole = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"), copy=False))
        digest.update(f"{name} {whole.dtype.str} {len(whole)}\n".encode())
        digest.update(whole.data if len(whole) else b"")
    return digest.hexdigest()


def _sealed(plan: ArrayPlan, market_digest: str) -> str:
    text = f"{ENGINE_VERSION} {market_digest} {array_digest(plan)}"
    return hashlib.sha256(text.encode()).hexdigest()


def _members(form: ArrayMarket | ArrayPlan) -> dict[str, Array]:
    return {field.name: getattr(form, field.name) for field in fields(form)}


def _form(kind: type[Form], members: dict[str, Array]) -> Form:
    problems = Problems()
    names = [field.name for field in fields(kind)]
    for name in names:
        if name not in members:
            problems.add(name, "missing array")
    problems.refuse_if_any()
    return kind(**{name: members[name] for name in names})


def _check_names(market: ArrayMarket, members: dict[str, Array]) -> None:
    problems = Problems()
    lengths = (len(market.protected), len(market.quota), len(market.quota))
    for name, length in zip(_NAMES, lengths, strict=True):
        array = members.get(name)
        if array is None:
            continue
        if array.dtype.kind != "U" or array.shape != (length,):
            problems.add(name, f"must be {length} texts, not {array.dtype} {array.shape}")
        elif name != "states" and len(np.unique(array)) < length:
            problems.add(name, "names something twice")
    problems.refuse_if_any()
    if "states" in members:
        capped = np.flatnonzero(market.cap >= 0)
        pairs = set(zip(market.cap[capped].tolist(), members["states"][capped], strict=True))
        caps = [cap for cap, _ in pairs]
        for cap in sorted({cap for cap in caps if caps.count(cap) > 1}):
            problems.add(f"cap_limit[{cap}]", "caps postings of different states")
    problems.refuse_if_any()


def _read(path: Path, names: set[str]) -> dict[str, Array]:
    try:
        with zipfile.ZipFile(path) as archive:
            _check_sizes(archive, names)
            return {
                info.filename.removesuffix(".npy"): _read_member(archive, info)
                for info in archive.infolist()
            }
    except InputError as error:
        raise error.in_file(str(path)) from error
    except FileNotFoundError as error:
        raise refusal(str(path), "there is no such file") from error
    except IsADirectoryError as error:
        raise refusal(str(path), "is a directory, not a file") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise refusal(str(path), f"is not a whole .npz archive: {error}") from error
    except OSError as error:
        raise refusal(str(path), error.strerror or "cannot be read") from error


def _check_sizes(archive: zipfile.ZipFile, names: set[str]) -> None:
    problems = Problems()
    seen: set[str] = set()
    for info in archive.infolist():
        name = info.filename.removesuffix(".npy")
        if name not in names or name == info.filename:
            problems.add(info.filename, "unknown array")
        elif name in seen:
            problems.add(name, "stands in the archive twice")
        seen.add(name)
    if sum(info.file_size for info in archive.infolist()) > LARGEST:
        problems.add("archive", f"unpacks to more than {LARGEST >> 30} GB")
    problems.refuse_if_any()


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Array:
    name = info.filename.removesuffix(".npy")
    try:
        with archive.open(info) as file:
            array = _empty(file, info.file_size)
            # Into memory of our own: arrays over foreign bytes would be read-only.
            view = array.reshape(-1).view(np.uint8).data if array.size else memoryview(b"")
            got = 0
            while got < len(view):
                step = file.readinto(view[got:])  # type: ignore[attr-defined]
                if not step:
                    raise ValueError("ends too early")
                got += step
            if file.read(1):
                raise ValueError("is longer than it says")
    except (ValueError, TypeError, SyntaxError, MemoryError) as error:
        raise refusal(name, f"is not an array: {str(error).splitlines()[0]}") from error
    return array


def _empty(file: IO[bytes], size: int) -> Array:
    """Read the header of a member and return room for what it announces."""
    version = npy.read_magic(file)
    if version not in {(1, 0), (2, 0)}:
        raise ValueError(f"version {version} is not known")
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = read(file)
    if dtype.kind not in "biufU" or len(shape) > 1:
        raise ValueError(f"{len(shape)} dimensions of {dtype} are not for this file")
    length = shape[0] if shape else 1
    if not 0 <= length * dtype.itemsize <= size:
        raise ValueError(f"announces {length} entries, more than the archive holds")
    return np.empty(shape, dtype)
