"""Forms of the protection body's pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clearinghouse.protection.enums import Outcome


class DeterminationForm(forms.Form):
    """What the protection body decides, from which day on, and why."""

    outcome = forms.ChoiceField(
        label=_("Decision"), choices=Outcome.choices, widget=forms.RadioSelect
    )
    effective_on = forms.DateField(
        label=_("Counts from"), widget=forms.DateInput(attrs={"type": "date"})
    )
    review_on = forms.DateField(
        label=_("Look at it again on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("A review asks the person again. It never ends protection by itself."),
    )
    reasons = forms.CharField(
        label=_("Reasons"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("The person reads them. They are needed when you say no or end protection."),
    )


class ClosingForm(forms.Form):
    """What was arranged for a child."""

    note = forms.CharField(
        label=_("What was arranged?"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Only the protection body reads this."),
    )


def sent(form: forms.Form) -> dict[str, Any]:
    """Return what a form was sent with, to carry it through a confirmation page."""
    return {bound.html_name: bound.value() or "" for bound in form}
