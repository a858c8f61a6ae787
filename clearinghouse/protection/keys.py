"""Encryption of the protection zone: one data key a person, wrapped outside the database.

Whoever destroys the row of a person's key has erased the person here, in copies and in backups;
`Erased` is what readers meet then, also when the person comes back and gets a new key.
"""

from collections.abc import Iterable

from django.db import connection

from clearinghouse.protection.models import PersonKey
from clearinghouse.shared import envelope

__all__ = ["Erased", "Keys", "decrypt", "encrypt", "keys_of", "mark"]


_SERIAL = 8


class Erased(Exception):
    """The key of the person is gone, and with it everything that it sealed."""


class Keys:
    """The data keys of some people, unwrapped once, for reading many rows with one query."""

    def __init__(self, keys: dict[int, bytes]) -> None:
        self._keys = keys

    def __contains__(self, worker_id: int) -> bool:
        return worker_id in self._keys

    def decrypt(self, worker_id: int, field: str, data: bytes) -> bytes:
        """Decrypt what `encrypt` made for this person and field; raises `Erased`."""
        key, data = self._of(worker_id), bytes(data)
        if data[:_SERIAL] != _serial(key):
            raise Erased
        return envelope.unseal(key, data[_SERIAL:], about=_about(worker_id, field))

    def encrypt(self, worker_id: int, field: str, data: bytes) -> bytes:
        """Encrypt data of a person; raises `Erased` for one whose key was destroyed."""
        key = self._of(worker_id)
        return _serial(key) + envelope.seal(key, data, about=_about(worker_id, field))

    def mark(self, worker_id: int, field: str, data: bytes) -> bytes:
        """Return 16 bytes that are equal for equal data of this person and field."""
        return envelope.mark(self._of(worker_id), data, about=_about(worker_id, field))

    def _of(self, worker_id: int) -> bytes:
        try:
            return self._keys[worker_id]
        except KeyError as error:
            raise Erased from error


def encrypt(worker_id: int, field: str, data: bytes) -> bytes:
    """Encrypt data of a person under the person's own key, which is made the first time.

    `field` names what it is, with the random id of its row; only the same name opens it again.
    """
    return _writing(worker_id).encrypt(worker_id, field, data)


def decrypt(worker_id: int, field: str, data: bytes) -> bytes:
    """Decrypt what `encrypt` made; raises `Erased` when the key of the person is gone."""
    return keys_of([worker_id]).decrypt(worker_id, field, data)


def mark(worker_id: int, field: str, data: bytes) -> bytes:
    """Return 16 bytes that are equal for equal data: for unique indexes over what is encrypted."""
    return _writing(worker_id).mark(worker_id, field, data)


def keys_of(worker_ids: Iterable[int]) -> Keys:
    """Fetch and unwrap the keys of these people; one query. Who was erased is not among them."""
    rows = PersonKey.objects.filter(worker_id__in=set(worker_ids))
    return Keys(
        {
            worker_id: envelope.unwrap(name, bytes(wrapped), owner=str(worker_id))
            for worker_id, name, wrapped in rows.values_list("worker_id", "wrapping", "wrapped")
        }
    )


def _writing(worker_id: int) -> Keys:
    found = keys_of([worker_id])
    if worker_id in found:
        return found
    name, wrapped = envelope.wrap(envelope.new_key(), owner=str(worker_id))
    with connection.cursor() as cursor:
        # Two first writers make one key.
        cursor.execute(
            "INSERT INTO protection_personkey (worker_id, wrapping, wrapped)"
            " VALUES (%s, %s, %s) ON CONFLICT (worker_id) DO NOTHING",
            [worker_id, name, wrapped],
        )
    return keys_of([worker_id])


def _serial(key: bytes) -> bytes:
    return envelope.mark(key, b"", about="serial")[:_SERIAL]


def _about(worker_id: int, field: str) -> str:
    return f"{worker_id}/{field}"
