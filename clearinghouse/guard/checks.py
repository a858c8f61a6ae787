"""The application does not start as a login that could pass its own guard."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.backends.signals import connection_created

_UNSAFE = """
    SELECT r.rolsuper OR r.rolbypassrls OR r.rolcreaterole,
           EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid)
    FROM pg_roles r WHERE r.rolname = current_user
"""


def unsafe_login() -> str:
    """Say why this connection's login must not serve requests or tasks; empty if it may."""
    with connection.cursor() as cursor:
        cursor.execute(_UNSAFE)
        passes, owns = cursor.fetchone()
    return _words(passes=passes) if passes or owns else ""


def _words(*, passes: bool) -> str:
    if passes:
        return "may pass row-level security, or make a login that may"
    return "owns tables, and could take their guard away"


def watch_connections() -> None:
    """Refuse, from now on, every connection of this process whose login nothing guards."""
    connection_created.connect(_refuse_unsafe, dispatch_uid="guard")


def _refuse_unsafe(connection: Any, **_more: Any) -> None:
    passes, owns = connection.connection.execute(_UNSAFE).fetchone()
    if passes or owns:
        connection.close()
        connection.connection = None
        raise ImproperlyConfigured(
            f"The login {connection.settings_dict['USER']} {_words(passes=passes)}. Web server and"
            " worker work as mvch_web and mvch_matcher: see docs/decisions/0014-logins.md."
        )


@register(Tags.database)
def login_is_guarded(databases: Any = None, **_more: Any) -> list[CheckMessage]:
    """Find a runtime login that could pass its own guard; the owner, who migrates, may."""
    if not databases or not settings.LOGIN:
        return []
    problem = unsafe_login()
    text = f"The login {settings.LOGIN} {problem}."
    return [Error(text, id="guard.E001")] if problem else []
