"""Keeps the secrets of second factors unreadable in the database and its backups."""

import base64
import hashlib

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings

_MARK = "v1:"


class FactorAdapter(DefaultMFAAdapter):
    """Encrypts secrets with a key made from the secret key, or from one of its predecessors."""

    def encrypt(self, text: str) -> str:
        """Return what is stored instead of a secret."""
        return _MARK + _keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return a secret; those of an older installation are not encrypted yet."""
        if not encrypted_text.startswith(_MARK):
            return encrypted_text
        return _keys().decrypt(encrypted_text.removeprefix(_MARK).encode()).decode()


def _keys() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key(secret)) for secret in map(str, secrets)])


def _key(secret: str) -> bytes:
    digest = hashlib.sha256(b"second factors:" + secret.encode()).digest()
    return base64.urlsafe_b64encode(digest)
