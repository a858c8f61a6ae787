"""Registers the app; what it declares is applied after every migration."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class GuardConfig(AppConfig):
    """Grants, policies and the functions that they ask."""

    name = "clearinghouse.guard"
    label = "guard"

    def ready(self) -> None:
        """Apply the declarations once all tables are there; refuse logins that could pass them."""
        from clearinghouse.guard import checks  # noqa: F401, PLC0415 - registers on import

        post_migrate.connect(_apply, sender=self)


def _apply(*, plan: Any = None, using: str = "default", **_more: Any) -> None:
    from clearinghouse.guard.applying import apply_guard  # noqa: PLC0415 - needs the apps

    apply_guard(using=using, anyway=bool(plan))
