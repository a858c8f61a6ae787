"""Every address of the house, from the resolver, with the methods that answer there."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
# Parts of addresses that are no object: one valid value each.
WORDS = {
    "iso2": "KE",
    "code": "7212",
    "anything": "nothing/here/",
    "role": "caseworker",
    "key": "nonsense",
    "uidb36": "a",
    "pk": "987654",
}
STEPS = {
    "worker-profile-step": "who",
    "helper-profile-step": "who",
    "operations-round-step": "release",
    "state-quota-move": "submit",
    "state-export-move": "cancel",
}


@dataclass(frozen=True)
class Route:
    """One address."""

    name: str
    pattern: str
    parts: tuple[str, ...]
    view: Any

    @property
    def is_api(self) -> bool:
        """Tell whether programs call here, with a token."""
        return self.pattern.startswith("api/")

    @property
    def objects(self) -> tuple[str, ...]:
        """List the parts that name an object, which stands in a relation to the actor."""
        return tuple(part for part in self.parts if part not in {*WORDS, "step", "move"})

    def words(self) -> dict[str, str]:
        """Give the parts that name no object."""
        given = {part: WORDS[part] for part in self.parts if part in WORDS}
        given |= {part: STEPS[self.name] for part in self.parts if part in {"step", "move"}}
        return given


@cache
def routes() -> tuple[Route, ...]:
    """List every address that the resolver knows."""
    return tuple(_walk(get_resolver(), "", ()))


def _walk(resolver: Any, prefix: str, parts: tuple[str, ...]) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        where = prefix + str(entry.pattern)
        found = parts + tuple(entry.pattern.regex.groupindex)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, where, found)
        elif isinstance(entry, URLPattern):
            yield Route(str(entry.name), where, found, entry.callback)
