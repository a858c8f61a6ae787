"""Forms of simulation."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clearinghouse.quotas.enums import ReserveOrder
from clearinghouse.simulation.rules.parameters import FACTOR_MAX, PLACES_MAX

Choices = list[tuple[str, str]]


class WhatIfForm(forms.Form):
    """What is changed on a past pool; an empty field changes nothing."""

    on = forms.ChoiceField(label=_("Which postings change"))
    share = forms.DecimalField(
        label=_("Reserve share"),
        help_text=_("Percent of the places. Rounded up once for each state."),
        required=False,
        min_value=0,
        max_value=100,
        decimal_places=2,
    )
    order = forms.ChoiceField(
        label=_("Order of the reserve"),
        required=False,
        choices=[("", _("As it was")), *ReserveOrder.choices],
    )
    factor = forms.DecimalField(
        label=_("Places in percent of what they were"),
        help_text=_("120 means one fifth more places."),
        required=False,
        min_value=0,
        max_value=FACTOR_MAX * 100,
        decimal_places=0,
    )
    places = forms.IntegerField(
        label=_("Number of places"),
        help_text=_("For one posting only, instead of a percentage."),
        required=False,
        min_value=0,
        max_value=PLACES_MAX,
    )
    cap_state = forms.ChoiceField(label=_("Limit over all places of"), required=False)
    cap = forms.IntegerField(
        label=_("Limit"),
        help_text=_("At most so many people over all postings of the state."),
        required=False,
        min_value=0,
        max_value=PLACES_MAX,
    )

    def __init__(self, *args: Any, targets: Choices, states: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].choices = targets  # type: ignore[attr-defined]
        nobody = [("", _("No limit"))] if len(states) > 1 else []
        self.fields["cap_state"].choices = [*nobody, *states]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse a limit without its state."""
        data = super().clean() or self.cleaned_data
        if data.get("cap") is not None and not data.get("cap_state"):
            self.add_error("cap_state", _("Say which state is limited."))
        return data

    def to_parameters(self) -> dict[str, Any]:
        """Return the JSON that the service reads."""
        data = self.cleaned_data
        factor = data["factor"]
        change = {
            "on": data["on"],
            "share": "" if data["share"] is None else str(data["share"]),
            "order": data["order"],
            "factor": "" if factor is None else str(factor / Decimal(100)),
            "places": data["places"],
        }
        given = any(value not in {"", None} for name, value in change.items() if name != "on")
        caps = {} if data["cap"] is None else {data["cap_state"]: data["cap"]}
        return {"changes": [change] if given else [], "caps": caps}


class MappingForm(forms.Form):
    """Which sealed posting stands for a new quota."""

    mapped_to = forms.ChoiceField(
        label=_("Which posting stands for the quota"),
        help_text=_("Those who asked for it then stand for those who will ask for the quota."),
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, lines: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mapped_to"].choices = lines  # type: ignore[attr-defined]
        if lines:
            self.fields["mapped_to"].initial = lines[0][0]
