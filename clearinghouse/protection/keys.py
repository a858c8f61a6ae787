"""Encryption of the protection zone: one data key a person, wrapped outside the database.

Whoever destroys the row of a person's key has erased the person here, in copies and in backups;
`Erased` is what readers meet then, also when the person comes back and gets a new key.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.db.models.query import ModelIterable

from clearinghouse.protection.models import PersonKey, Sealed
from clearinghouse.shared import envelope

__all__ = [
    "Erased",
    "Keys",
    "decrypt",
    "encrypt",
    "keys_of",
    "mark",
    "open_rows",
    "opening",
    "seal_row",
    "writing_keys",
]

_SERIAL = 8
# What is sealed is filled up to a multiple of so many bytes, so that its length says little.
_BLOCK = 256

SealedRow = TypeVar("SealedRow", bound=Sealed)


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

    def seal_row(self, row: Sealed, said: dict[str, Any]) -> None:
        """Put what a row says into it, sealed; the row keeps it readable in memory."""
        text = json.dumps(said).encode()
        text = text.ljust(-(-len(text) // _BLOCK) * _BLOCK)
        row.sealed = self.encrypt(row.worker_id, row.sealed_as, text)
        row.said = said

    def open_row(self, row: Sealed) -> None:
        """Make what a row says readable in memory; an erased person's row says nothing."""
        row.said = self.said(row.worker_id, row.sealed_as, bytes(row.sealed))

    def said(self, worker_id: int, sealed_as: str, sealed: bytes) -> dict[str, Any]:
        """Return what a row says, from its columns; nothing for an erased person."""
        try:
            found: dict[str, Any] = json.loads(self.decrypt(worker_id, sealed_as, sealed))
        except Erased:
            return {}
        return found

    def _of(self, worker_id: int) -> bytes:
        try:
            return self._keys[worker_id]
        except KeyError as error:
            raise Erased from error


def encrypt(worker_id: int, field: str, data: bytes) -> bytes:
    """Encrypt data of a person under the person's own key, which is made the first time.

    `field` names what it is, with the random id of its row; only the same name opens it again.
    """
    return writing_keys([worker_id]).encrypt(worker_id, field, data)


def decrypt(worker_id: int, field: str, data: bytes) -> bytes:
    """Decrypt what `encrypt` made; raises `Erased` when the key of the person is gone."""
    return keys_of([worker_id]).decrypt(worker_id, field, data)


def mark(worker_id: int, field: str, data: bytes) -> bytes:
    """Return 16 bytes that are equal for equal data: for unique indexes over what is encrypted."""
    return writing_keys([worker_id]).mark(worker_id, field, data)


def keys_of(worker_ids: Iterable[int]) -> Keys:
    """Fetch and unwrap the keys of these people; one query. Who was erased is not among them."""
    rows = PersonKey.objects.filter(worker_id__in=set(worker_ids))
    return Keys(
        {
            worker_id: envelope.unwrap(name, bytes(wrapped), owner=str(worker_id))
            for worker_id, name, wrapped in rows.values_list("worker_id", "wrapping", "wrapped")
        }
    )


def writing_keys(worker_ids: Iterable[int]) -> Keys:
    """Return the keys of these people, made where there are none; two queries, or three."""
    wanted = set(worker_ids)
    found = keys_of(wanted)
    missing = [worker_id for worker_id in sorted(wanted) if worker_id not in found]
    if not missing:
        return found
    rows = []
    for worker_id in missing:
        name, wrapped = envelope.wrap(envelope.new_key(), owner=str(worker_id))
        rows.append(PersonKey(worker_id=worker_id, wrapping=name, wrapped=wrapped))
    # Two first writers make one key.
    PersonKey.objects.bulk_create(rows, ignore_conflicts=True)
    return keys_of(wanted)


def seal_row(row: Sealed, **said: Any) -> None:
    """Put what a row says into it, sealed under the key of its person."""
    writing_keys([row.worker_id]).seal_row(row, said)


def open_rows(rows: Iterable[SealedRow]) -> list[SealedRow]:
    """Make rows of any people readable in memory; one query."""
    found = list(rows)
    keys = keys_of(row.worker_id for row in found)
    for row in found:
        keys.open_row(row)
    return found


class _Opened(ModelIterable):
    def __iter__(self) -> Iterator[Any]:
        return iter(open_rows(super().__iter__()))


def opening(rows: "QuerySet[SealedRow]") -> "QuerySet[SealedRow]":
    """Return a query whose rows come readable, with one query more."""
    rows = rows.all()
    rows._iterable_class = _Opened
    return rows


def _serial(key: bytes) -> bytes:
    return envelope.mark(key, b"", about="serial")[:_SERIAL]


def _about(worker_id: int, field: str) -> str:
    return f"{worker_id}/{field}"
