"""One line of JSON an event, with personal data masked in one place."""

import logging
import re
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from django.http import HttpRequest

_MAIL = re.compile(r"[^\s@\"'<>]+(?:@|%40)[^\s@\"'<>]+\.[^\s@\"'<>]+")
# What stands after the question mark of an address: people search for people.
_QUERY = re.compile(r"(/[^\s?\"'<>]*)\?[^\s\"'<>]+")
_SECRET_KEYS = frozenset(
    [
        "password",
        "token",
        "secret",
        "email",
        "name",
        "given_names",
        "family_name",
        "birth_date",
        "phone",
    ]
)


def mask_personal(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace values of personal keys, queries, and anything that looks like a mail address."""
    for key, value in event.items():
        event[key] = "***" if key in _SECRET_KEYS else _masked(value)
    return event


def _masked(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, HttpRequest):
        return _masked(f"{value.method} {value.path}")
    if isinstance(value, Mapping):
        return {
            _masked(str(key)): "***" if key in _SECRET_KEYS else _masked(nested)
            for key, nested in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(nested) for nested in value]
    text = value if isinstance(value, str) else repr(value)
    return _MAIL.sub("***", _QUERY.sub(r"\1?***", text))


def json_formatter() -> logging.Formatter:
    """Return the formatter that every handler uses."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            mask_personal,
            structlog.processors.JSONRenderer(),
        ],
    )
