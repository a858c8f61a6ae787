"""What every page knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.enums import Role
from accounts.queries import roles_of
from clearinghouse.web.navigation import navigation_for


def house(request: HttpRequest) -> dict[str, Any]:
    """Give templates the main navigation, the roles held and whether this is a demonstration."""
    held = roles_of(getattr(request, "user", None))
    return {
        "demo_mode": settings.DEMO_MODE,
        "navigation": navigation_for(request),
        "role_names": [role.label for role in Role if role in held],
    }
