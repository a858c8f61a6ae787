"""What child processes find in their environment."""

import contextlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

from clearinghouse.embedded.folders import ROOT, STATIC, VAR, make_folder


def child_environment(addresses: Mapping[str, str], **more: str) -> dict[str, str]:
    """Return the caller's environment with the servers' addresses and without what would mislead.

    `PG...` variables and `SECRET_KEY_FILE` belong to other programs of the caller; the settings
    and the database driver would believe them before us.
    """
    mine = {
        "DJANGO_SETTINGS_MODULE": "clearinghouse.settings",
        "PYTHONPATH": str(ROOT),
        "PYTHONSAFEPATH": "1",
        "PYTHONUNBUFFERED": "1",
    }
    others = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PG") and name != "SECRET_KEY_FILE"
    }
    return others | mine | dict(addresses) | more


def demo_environment(addresses: Mapping[str, str], *, data: Path) -> dict[str, str]:
    """Return the environment of everything that works on the demo's data."""
    return child_environment(
        addresses,
        SECRET_KEY=demo_secret_key(),
        DEMO_MODE="1",
        EMAIL_FILE_PATH=str(data / "mail"),
        STATIC_ROOT=str(STATIC),
    )


def demo_secret_key() -> str:
    """Return the demo's own key, made by chance on first use and readable for us alone."""
    path = make_folder(VAR, mode=0o755) / "secret_key"
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=VAR, prefix="secret_key.") as file:  # mode 0600
            file.write(secrets.token_urlsafe(50))
            file.flush()
            # Linking a complete file lets two first starts agree on one key.
            with contextlib.suppress(FileExistsError):
                os.link(file.name, path)
    return path.read_text(encoding="ascii")
