"""Reading the environment, for the settings: switches, secrets, addresses of the database."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def flag(name: str, *, default: bool = False) -> bool:
    """Read a switch: 1, true, yes or on."""
    return os.environ.get(name, str(int(default))).lower() in {"1", "true", "yes", "on"}


def required(name: str) -> str:
    """Read what must be there, or raise `ImproperlyConfigured`."""
    if value := os.environ.get(name):
        return value
    raise ImproperlyConfigured(
        f"{name} is not set. `python3 run.py manage ...` sets it; see .env.example for production."
    )


def secret(name: str, *, default: str | None = None) -> str:
    """Read a secret from NAME or from the file that NAME_FILE points to (container secrets)."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    return required(name) if default is None else os.environ.get(name, default)


# A process that is stopped in the middle of a transaction must not hold its locks for ever.
_IDLE_SECONDS = int(os.environ.get("IDLE_TRANSACTION_SECONDS", "180"))
_SESSION = " ".join(
    f"-c {setting}"
    for setting in (
        # What the protection zone knows stands in a schema of its own.
        "search_path=public,protection",
        "lock_timeout=3s",
        "statement_timeout=60s",
        f"idle_in_transaction_session_timeout={_IDLE_SECONDS}s",
    )
)


def database(url: str) -> dict[str, Any]:
    """Return Django's settings of a database from its address."""
    parts = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "clearinghouse.shared.postgres",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"options": _SESSION, **query},
        "TEST": {"TEMPLATE": "template0"},
    }
