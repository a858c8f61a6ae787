"""Reading a dictionary by a key that a template holds."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def get(table: Mapping[Any, Any], key: Any) -> Any:
    """Return the value of a key, or None."""
    return table.get(key)
