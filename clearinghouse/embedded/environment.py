"""What child processes find in their environment."""

import base64
import contextlib
import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from clearinghouse.embedded.folders import ROOT, STATIC, VAR, make_folder

_SECRETS = (
    "SECRET_KEY",
    "SIGNING_KEY",
    "SIGNING_KEYS_RETIRED",
    "WRAPPING_KEY",
    "WRAPPING_KEYS_RETIRED",
    "SHIELD_KEY",
)
_FILES_OF_SECRETS = frozenset(f"{name}_FILE" for name in _SECRETS)


def child_environment(addresses: Mapping[str, str], **more: str) -> dict[str, str]:
    """Return the caller's environment with the servers' addresses and without what would mislead.

    `PG...` variables and files of secrets belong to other programs of the caller; the settings
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
        if not name.startswith(("PG", "DATABASE_URL_")) and name not in _FILES_OF_SECRETS
    }
    return others | mine | dict(addresses) | more


def demo_environment(addresses: Mapping[str, str], *, data: Path) -> dict[str, str]:
    """Return the environment of everything that works on the demo's data."""
    return child_environment(
        addresses,
        SECRET_KEY=demo_secret_key(),
        SIGNING_KEY=demo_signing_key(),
        WRAPPING_KEY=_kept("wrapping_key", new_key),
        SHIELD_KEY=_kept("shield_key", new_key),
        DEMO_MODE="1",
        EMAIL_FILE_PATH=str(data / "mail"),
        CHECKPOINT_DIR=str(data / "checkpoints"),
        STATIC_ROOT=str(STATIC),
    )


def demo_secret_key() -> str:
    """Return the demo's own key, made by chance on first use and readable for us alone."""
    return _kept("secret_key", lambda: secrets.token_urlsafe(50))


def demo_signing_key() -> str:
    """Return the private key (PEM) that signs the demo's explanations, kept like the other."""
    return _kept("signing_key", new_signing_key)


def new_key() -> str:
    """Return a new key of 256 bits as base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def new_signing_key() -> str:
    """Return a new private Ed25519 key as PEM: 32 bytes by chance behind the frame of RFC 8410."""
    frame = bytes.fromhex("302e020100300506032b657004220420")
    body = base64.b64encode(frame + secrets.token_bytes(32)).decode("ascii")
    return f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"


def _kept(name: str, make: Callable[[], str]) -> str:
    path = make_folder(VAR, mode=0o755) / name
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=VAR, prefix=f"{name}.") as file:  # mode 0600
            file.write(make())
            file.flush()
            # Linking a complete file lets two first starts agree on one key.
            with contextlib.suppress(FileExistsError):
                os.link(file.name, path)
    return path.read_text(encoding="ascii")
