"""What a simulation changes, as words and numbers that are checked before anything runs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from clearinghouse.shared.errors import Invalid

ALL = "all"
STATE_PREFIX = "state:"
CHANGES_MAX = 50
PLACES_MAX = 1_000_000
FACTOR_MAX = Decimal(10)
ORDERS = frozenset({"open_first", "reserve_first"})
_CHANGE_WORDS = frozenset({"on", "share", "order", "factor", "places"})


@dataclass(frozen=True, slots=True)
class Change:
    """Other numbers for some postings; an empty text and None mean that nothing changes.

    `on` is `all`, `state:DE` or the reference of a posting; `share` is in percent and `factor`
    multiplies the places, both as decimals in text; `places` replaces them at one posting.
    """

    on: str
    share: str = ""
    order: str = ""
    factor: str = ""
    places: int | None = None


@dataclass(frozen=True, slots=True)
class Parameters:
    """Everything that a simulation changes; `caps` are limits over all postings of a state."""

    changes: tuple[Change, ...] = ()
    caps: tuple[tuple[str, int], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the form in which parameters are kept; `read_parameters` reads it back."""
        return {"changes": [asdict(change) for change in self.changes], "caps": dict(self.caps)}


def read_parameters(data: object) -> Parameters:
    """Return the parameters that parsed JSON describes, or refuse it with each fault and its field.

    Faults of a change name its field (`share`, `factor`, ...), those of limits `cap`.
    """
    faults: dict[str, list[str]] = {}
    if not isinstance(data, Mapping) or set(data) - {"changes", "caps"}:
        _note(faults, "changes", _("Only changes and caps can be given."))
        data = {}
    listed, caps = data.get("changes", []), data.get("caps", {})
    if not isinstance(listed, list) or len(listed) > CHANGES_MAX:
        _note(faults, "changes", _("Give a list of at most %d changes.") % CHANGES_MAX)
        listed = []
    changes = tuple(_change(item, faults) for item in listed)
    limits = _caps(caps, faults)
    if faults:
        raise Invalid(_("Some fields are not right."), fields=faults)
    return Parameters(changes, limits)


def _change(item: object, faults: dict[str, list[str]]) -> Change:
    if not isinstance(item, Mapping) or set(item) - _CHANGE_WORDS:
        _note(faults, "changes", _("A change has the words on, share, order, factor and places."))
        return Change(ALL)
    on = item.get("on")
    if not isinstance(on, str) or not on:
        _note(faults, "on", _("Say which postings are changed."))
        on = ALL
    order = item.get("order") or ""
    if order and order not in ORDERS:
        _note(faults, "order", _("Choose one of the two orders."))
    share = _decimal(item.get("share"), "share", Decimal(100), faults)
    factor = _decimal(item.get("factor"), "factor", FACTOR_MAX, faults)
    places = _places(item.get("places"), "places", faults)
    if places is not None and factor:
        _note(faults, "places", _("Give either a number of places or a factor."))
    if places is not None and (on == ALL or on.startswith(STATE_PREFIX)):
        _note(faults, "places", _("A number of places can be given for one posting only."))
    return Change(on, share, str(order), factor, places)


def _decimal(value: object, name: str, most: Decimal, faults: dict[str, list[str]]) -> str:
    if value is None or value == "":
        return ""
    number = None
    if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = None
    if number is None or not number.is_finite() or not 0 <= number <= most:
        _note(faults, name, _("Give a number from 0 to %s.") % most)
        return ""
    if number != number.quantize(Decimal("0.01")):
        _note(faults, name, _("Give two decimals at most."))
    return f"{number.quantize(Decimal('0.01'))}"


def _places(value: object, name: str, faults: dict[str, list[str]]) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= PLACES_MAX:
        _note(faults, name, _("Give a whole number from 0 to %d.") % PLACES_MAX)
        return None
    return value


def _caps(value: object, faults: dict[str, list[str]]) -> tuple[tuple[str, int], ...]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        _note(faults, "cap", _("Limits are given by state."))
        return ()
    read = {state: _places(limit, "cap", faults) for state, limit in value.items()}
    return tuple(sorted((state, limit) for state, limit in read.items() if limit is not None))


def _note(faults: dict[str, list[str]], name: str, text: str) -> None:
    if text not in faults.setdefault(name, []):
        faults[name].append(text)
