"""What a document may cost, in bytes, pixels, pages, memory and time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Ceilings of one cleaning; the cell gets them as its only arguments.

    `size` and `result` are bytes of the file that comes and of the one that goes; `pixels` those
    of a picture; `side` the longest side of what is written, in pixels; `memory` bytes of address
    space; `cpu` and `wall` whole seconds.
    """

    size: int = 10 * 1024 * 1024
    result: int = 10 * 1024 * 1024
    pixels: int = 50_000_000
    side: int = 4_000
    pages: int = 30
    page_side: int = 1_800
    memory: int = 512 * 1024 * 1024
    cpu: int = 10
    wall: int = 10


LIMITS = Limits()
