"""Names of states and occupations in the reader's language."""

from typing import TYPE_CHECKING

from django import template
from django.utils.translation import gettext as _

from accounts.enums import Role
from clearinghouse.registry import queries as registry

if TYPE_CHECKING:
    from clearinghouse.registry.models import Occupation, State

register = template.Library()

_MOST_POINTS = 65_535


@register.filter
def state_name(state: "State | None") -> str:
    """Return the name of a state; nothing for none."""
    return registry.state_name(state) if state else ""


@register.filter
def occupation_title(occupation: "Occupation | None") -> str:
    """Return the title of an occupation; nothing for none."""
    return registry.occupation_title(occupation) if occupation else ""


@register.filter
def party_name(party: str) -> str:
    """Return who contributes to a seed: the body's name, or the code of a state."""
    return str(Role(party).label) if party in Role.values else party


@register.filter
def cutoff(points: int | None) -> str:
    """Return a cut-off in words or points; above the highest points nobody of the group gets in."""
    if points is None:
        return _("No cut-off")
    return _("No place for this group") if points > _MOST_POINTS else str(points)
