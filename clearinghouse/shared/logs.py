"""One line of JSON an event, with personal data masked in one place."""

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

_MAIL = re.compile(r"[^\s@\"'<>]+@[^\s@\"'<>]+\.[^\s@\"'<>]+")
_SECRET_KEYS = frozenset({"password", "token", "secret", "email", "name", "birth_date", "phone"})


def mask_personal(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace values of personal keys and anything that looks like a mail address."""
    for key, value in event.items():
        if key in _SECRET_KEYS:
            event[key] = "***"
        elif isinstance(value, str):
            event[key] = _MAIL.sub("***", value)
    return event


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
