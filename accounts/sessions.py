"""Where sessions are kept: a table of our own, so that each can be listed and ended.

A session ends by itself when nobody has used it for a while, or twelve hours after the sign-in,
whatever happens; the database's clock decides. Whoever deletes the row ends the session with its
next request.
"""

import contextlib
from datetime import timedelta
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models.functions import Now

from accounts import services
from accounts.models import Session

LONGEST = timedelta(hours=12)
IDLE_OFFICIAL = timedelta(minutes=15)
IDLE_OTHER = timedelta(minutes=60)
# A session in constant use is written once in this time.
_NOTED_EVERY = timedelta(seconds=30)


class SessionStore(DatabaseStore):
    """Keeps whose session a row is, since when, last used when, and in which kind of browser."""

    browser = ""
    row: Session | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Return our table."""
        return Session

    def _get_session_from_db(self) -> Session | None:
        found = (
            Session.objects.filter(session_key=self.session_key, expire_date__gt=Now())
            .annotate(asked_at=Now())
            .first()
        )
        if found is None:
            self._session_key = None
        self.row = found
        return found

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """Return the row to be written; what was set at the start stays as it was."""
        row = self.row
        kept = row is not None and row.session_key == self.session_key
        found = Session(
            session_key=self._get_or_create_session_key(),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            user_id=data.get("_auth_user_id"),
            browser=self.browser,
        )
        if kept and row is not None:
            for name in ("public_id", "started_at", "seen_at", "expire_date", "browser"):
                setattr(found, name, getattr(row, name))
        else:
            found.expire_date = Now() + IDLE_OTHER
        return found

    def save(self, must_create: bool = False) -> None:
        """Write the session; remember nothing of an older row under a new key."""
        if must_create:
            self.row = None
        super().save(must_create=must_create)

    def is_due(self) -> bool:
        """Tell whether the use of this session was noted too long ago."""
        asked = getattr(self.row, "asked_at", None)
        return self.row is not None and (asked is None or asked - self.row.seen_at > _NOTED_EVERY)

    def note_use(self, *, idle: timedelta) -> None:
        """Let the session go on for another while, never beyond twelve hours from its start."""
        row = self.row
        if row is None:
            return
        services.note_use(row.session_key, idle=idle, longest=LONGEST)
        with contextlib.suppress(Session.DoesNotExist):
            row.refresh_from_db(fields=["seen_at", "expire_date"])


def family_of(agent: str) -> str:
    """Return the family of a browser and the kind of machine, which is all that is kept of it."""
    names = (
        ("Edg", "Edge"),
        ("OPR", "Opera"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    )
    systems = (
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    )
    name = next((known for part, known in names if part in agent), "")
    system = next((known for part, known in systems if part in agent), "")
    return " · ".join(filter(None, (name, system)))
