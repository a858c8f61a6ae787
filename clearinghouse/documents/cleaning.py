"""The one way into the house for a document: it is written anew elsewhere, or refused."""

import dataclasses
import json
import logging
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clearinghouse.documents.conversation import Silenced, converse
from clearinghouse.documents.kinds import MEDIA_TYPES, kind_of
from clearinghouse.documents.limits import LIMITS, Limits
from clearinghouse.shared.errors import Invalid, NotNow

_log = logging.getLogger(__name__)
_ROOT: Final = Path(__file__).resolve().parents[2]
_PROGRAM: Final = (
    f"import sys; sys.path.insert(0, {str(_ROOT)!r}); "
    "from clearinghouse.documents.cell.work import main; main()"
)
_HEAD: Final = 1024
_PATIENCE: Final = 5.0
_one_at_a_time = threading.BoundedSemaphore(1)

REASONS: Final[dict[str, Promise]] = {
    "empty": _("This file is empty. Choose another one."),
    "unknown": _("Only PDF, JPEG and PNG files can be read. Choose such a file."),
    "too_large": _("This file is larger than 10 MB. Choose a smaller one."),
    "too_many_pixels": _("This picture has more than 50 million points. Choose a smaller one."),
    "too_many_pages": _("This file has more than 30 pages. Send it in parts."),
    "locked": _("This PDF is locked with a password. Save it without one, then send it again."),
    "damaged": _("This file is damaged or incomplete. Save it again, then send it again."),
    "too_hard": _(
        "This file takes too much time or memory to read. Print it to a new PDF or take a photo, "
        "then send that."
    ),
}


@dataclass(frozen=True, slots=True)
class Clean:
    """A document written anew: `kind` is pdf, jpeg or png, `pages` at least 1."""

    kind: str
    content: bytes
    pages: int

    @property
    def media_type(self) -> str:
        """Return the media type of the content."""
        return MEDIA_TYPES[self.kind]


def clean(content: bytes, *, limits: Limits = LIMITS, patience: float = _PATIENCE) -> Clean:
    """Write a document anew, without anything but what a reader sees on its pages.

    The kind is told by the content, never by a name. Raises `Invalid` with a plain reason, or
    `NotNow` where another document is being read for `patience` seconds or no safe place exists.
    """
    if not content:
        raise refused("empty")
    if len(content) > limits.size:
        raise refused("too_large")
    if not kind_of(content):
        raise refused("unknown")
    if not _one_at_a_time.acquire(timeout=patience):
        raise NotNow(
            _("Another document is being read. Please try again in a moment."), code="busy"
        )
    try:
        answer = _ask_the_cell(content, limits)
    finally:
        _one_at_a_time.release()
    return _believe(answer, limits)


def refused(reason: str) -> Invalid:
    """Return the refusal of a document with its reason in words."""
    text = REASONS[reason]
    return Invalid(text, code=reason, fields={"document": [text]})


def _ask_the_cell(content: bytes, limits: Limits) -> bytes:
    command = [sys.executable, "-I", "-c", _PROGRAM, kind_of(content)]
    command += [str(value) for value in dataclasses.astuple(limits)]
    try:
        return converse(command, content, most=limits.result + _HEAD, seconds=limits.wall)
    except Silenced:
        raise refused("too_hard") from None


def _believe(answer: bytes, limits: Limits) -> Clean:
    if not answer:
        # Killed by its own limits, by a fault of a library, or never started: all the same here.
        raise refused("too_hard")
    head, _line, content = answer.partition(b"\n")
    try:
        said = json.loads(head)
        reason, kind, pages = said.get("refused"), said.get("kind"), said.get("pages")
    except (ValueError, AttributeError):
        raise refused("too_hard") from None
    if reason is not None:
        if reason == "unsafe":
            _log.error("documents cannot be read safely on this machine")
            raise NotNow(_("Documents cannot be read here now."), code="unsafe")
        raise refused(str(reason) if str(reason) in REASONS else "damaged")
    if not _is_sound(kind, pages, content, limits):
        raise refused("damaged")
    return Clean(kind=kind, content=content, pages=pages)


def _is_sound(kind: object, pages: object, content: bytes, limits: Limits) -> bool:
    return (
        isinstance(kind, str)
        and kind == kind_of(content)
        and isinstance(pages, int)
        and 1 <= pages <= limits.pages
    )
