"""Public ids as they arrive from outside."""

import uuid

NOBODY = uuid.UUID(int=0)


def as_uuid(text: object) -> uuid.UUID:
    """Read a public id; text that is none becomes the id of nobody, which finds no row."""
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return NOBODY
