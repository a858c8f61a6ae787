"""Finding one of 436 occupations by words or by going down the list, without script."""

from dataclasses import dataclass

from clearinghouse.registry import queries as registry
from clearinghouse.web.guard import SignedInRequest

SHOWN = 20
LEAF = 4


@dataclass(frozen=True, slots=True)
class Search:
    """What was looked for and what was found; `groups` lead further down the list."""

    words: str
    group: str
    found: list[tuple[str, str]]
    groups: list[tuple[str, str]]
    more: bool = False

    @property
    def asked(self) -> bool:
        """Tell whether the person looked for something."""
        return bool(self.words or self.group)


def search_of(request: SignedInRequest, *, chosen: str = "") -> Search:
    """Find occupations by `?q=words` or `?group=code`; the one chosen before stays on the list."""
    words = request.GET.get("q", "").strip()[:80]
    group = request.GET.get("group", "").strip()[:2]
    found: list[tuple[str, str]] = []
    if request.method == "POST":
        # The answer may be any occupation, whatever list it was picked from.
        found = _titles(request.POST.get("occupation", ""), LEAF)
    elif words:
        found = list(dict.fromkeys([*_titles(words, LEAF), *_titles(_stem(words), LEAF)]))
    elif len(group) == 2:
        found = _titles(group, LEAF)
    more = len(found) > SHOWN
    found = found[:SHOWN] if words else found
    if chosen and chosen not in dict(found):
        found = [*_titles(chosen, LEAF), *found]
    return Search(words, group, found, _groups(group), more and bool(words))


def _stem(words: str) -> str:
    """Shorten a word, so that "nurse" finds "nursing" and "farmer" finds "farm workers"."""
    return words[: max(4, len(words) - 3)]


def _groups(group: str) -> list[tuple[str, str]]:
    if len(group) == 1 and group.isdigit():
        return _titles(group, 2)
    return _titles("", 1)


def _titles(search: str, level: int) -> list[tuple[str, str]]:
    rows = registry.list_occupations(search, level=level)[: 10 * SHOWN]
    return [(row.code, registry.occupation_title(row)) for row in rows]
