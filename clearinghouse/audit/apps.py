"""Registers the app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    """What happened. Append-only."""

    name = "clearinghouse.audit"
    label = "audit"

    def ready(self) -> None:
        """Have the triggers of the audit brought up to date after each migration."""
        from clearinghouse.audit import installing  # noqa: PLC0415 - models load first

        post_migrate.connect(installing.after_migrate, sender=self, dispatch_uid="audit triggers")
