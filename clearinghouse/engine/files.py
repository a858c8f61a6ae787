"""Reads JSON files for the command line, naming the line and column of any mistake."""

import json
import os
from pathlib import Path
from typing import Final

from .errors import InputError, refusal
from .fields import shown
from .places import long_number, repeated_name, strange_number, too_deep

BYTES_MAX: Final = 512 * 1024 * 1024
"""How large a file may be; `ENGINE_FILE_BYTES` in the environment states another limit."""


class _OddError(Exception):
    """The parser met something that Python takes for JSON and RFC 8259 does not."""


def read_json(path: Path) -> object:
    """Return the JSON value in a UTF-8 file, stricter than Python: no NaN, no name twice.

    Raises InputError with the file, and the line and column where known.
    """
    if path.suffix == ".npz":
        raise refusal(str(path), "is .npz: market and plan must both be .npz or both .json")
    text = _read_text(path)
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        place = f"{path}, line {error.lineno}, column {error.colno}"
        raise refusal(place, f"is not JSON: {error.msg}") from error
    except RecursionError as error:
        raise _refusal_at(path, text, too_deep(text), "is nested too deeply") from error
    except _OddError as error:
        raise _odd(path, text, str(error)) from error
    except ValueError as error:
        # Python's own limit on the digits of an integer.
        message = "contains a number that is far too long"
        raise _refusal_at(path, text, long_number(text), message) from error
    except MemoryError as error:
        raise refusal(str(path), "does not fit into the memory of this machine") from error


def _read_text(path: Path) -> str:
    limit = _limit()
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise refusal(str(path), "is a directory, not a file")
        if not path.is_file():
            raise refusal(str(path), "is not a regular file")
        if size > limit:
            raise refusal(
                str(path),
                f"has {size} bytes, and at most {limit} are read (ENGINE_FILE_BYTES)",
            )
        with path.open("rb") as file:
            content = file.read(size + 1)
    except OSError as error:
        raise refusal(str(path), _reason(error)) from error
    if len(content) != size:
        raise refusal(str(path), "changed while it was read")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise refusal(str(path), f"is not UTF-8 text (byte {error.start})") from error


def _limit() -> int:
    stated = os.environ.get("ENGINE_FILE_BYTES", str(BYTES_MAX))
    if not (stated.isascii() and stated.isdigit() and len(stated) < 20):
        raise refusal("ENGINE_FILE_BYTES", "must be a number of bytes")
    return int(stated)


def _odd(path: Path, text: str, constant: str) -> InputError:
    if constant:
        message = f"is not JSON: {constant} is not a number there"
        return _refusal_at(path, text, strange_number(text), message)
    start, name = repeated_name(text)
    message = f"is not a clear object: the name {shown(name)} stands in it twice"
    return _refusal_at(path, text, start, message)


def _refusal_at(path: Path, text: str, start: int, message: str) -> InputError:
    line = text.count("\n", 0, start) + 1
    column = start - text.rfind("\n", 0, start)
    return refusal(f"{path}, line {line}, column {column}", message)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise _OddError
    return value


def _refuse_constant(name: str) -> object:
    raise _OddError(name)


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    return error.strerror or "cannot be read"
