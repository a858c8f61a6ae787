"""The backend: Django's own, which tells PostgreSQL who acts before anything else is asked."""

from typing import Any

from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

from clearinghouse.shared.postgres import session

# The first column is what the transaction found: anything there belongs to somebody else.
_BEGIN = "SELECT nullif(current_setting('app.request', true), ''), " + ", ".join(
    f"set_config('app.{name}', %s, true)" for name in session.NAMES
)
_BEGIN_AS = f"{_BEGIN}, set_config('role', %s, true)"


class LeftOver(RuntimeError):
    """A connection carried the context of another transaction: nothing may be asked on it."""


class DatabaseWrapper(base.DatabaseWrapper):
    """Sends the context with `set_config(..., true)` as the first statement of a transaction."""

    def set_autocommit(
        self, autocommit: bool, force_begin_transaction_with_broken_autocommit: bool = False
    ) -> None:
        """Begin or end transactions by hand; a begun one starts with the context."""
        super().set_autocommit(autocommit, force_begin_transaction_with_broken_autocommit)
        if autocommit:
            return
        try:
            self._begin_as_somebody()
        except BaseException:
            self.connection.rollback()
            super().set_autocommit(True)
            raise

    def tell_session(self) -> None:
        """Send what counts now, in the middle of a transaction; a broken one keeps what it has."""
        if self.connection is None or self._is_broken():
            return
        self._send(role=session.role.get() or "none")

    def _begin_as_somebody(self) -> None:
        if not any(session.wanted().values()) and not session.role.get():
            return
        found = self._send(role=session.role.get())
        if found[0]:
            raise LeftOver("the connection still carries the context of another transaction")

    def _send(self, *, role: str) -> Any:
        # On the driver's connection: this is no query of the caller's, whoever counts them.
        given = list(session.wanted().values())
        statement, given = (_BEGIN_AS, [*given, role]) if role else (_BEGIN, given)
        with self.wrap_database_errors:
            return self.connection.execute(statement, given).fetchone()

    def _is_broken(self) -> bool:
        return bool(self.connection.info.transaction_status == TransactionStatus.INERROR)
