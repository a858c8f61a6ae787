"""Reads JSON files for the command line, naming the line and column of any mistake."""

import json
from pathlib import Path

from .errors import InputError, refusal


def read_json(path: Path) -> object:
    """Return the JSON value in a UTF-8 file, stricter than Python: no NaN, no name twice.

    Raises InputError with the file, and the line and column where known.
    """
    if path.suffix == ".npz":
        raise refusal(str(path), "is .npz: market and plan must both be .npz or both .json")
    try:
        return json.loads(
            path.read_bytes().decode(),
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
        )
    except OSError as error:
        raise refusal(str(path), _reason(error)) from error
    except UnicodeDecodeError as error:
        raise refusal(str(path), f"is not UTF-8 text (byte {error.start})") from error
    except json.JSONDecodeError as error:
        place = f"{path}, line {error.lineno}, column {error.colno}"
        raise refusal(place, f"is not JSON: {error.msg}") from error
    except RecursionError as error:
        raise refusal(str(path), "is nested too deeply") from error
    except InputError as error:
        raise refusal(str(path), error.problems[0].message) from error
    except ValueError as error:
        # Python's own limit on the digits of an integer.
        raise refusal(str(path), "contains a number that is far too long") from error


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise refusal(twice, f"is not a clear object: the name {twice!r} stands in it twice")
    return value


def _refuse_constant(name: str) -> object:
    raise refusal(name, f"is not JSON: {name} is not a number there")


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, IsADirectoryError):
        return "is a directory, not a file"
    return error.strerror or "cannot be read"
