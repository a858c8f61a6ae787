"""Forms of the helper's pages."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clearinghouse.people.guards import MANDATE_DAYS_MAX
from clearinghouse.registry import queries as registry
from clearinghouse.web.worker.forms import WhoForm


def _date(label: Any, hint: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        help_text=hint,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class MandateForm(forms.Form):
    """The paper on which a person gives a helper leave to act."""

    signed_on = _date(
        _("Date on the signed paper"), _("The application keeps this date as its own.")
    )
    valid_until = _date(_("Last day of the mandate"), _("One year from today at most."))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["valid_until"].initial = today + timedelta(days=MANDATE_DAYS_MAX - 1)


class PaperPersonForm(WhoForm):
    """A person on paper: who they are, their kind of work, and the mandate."""

    occupation = forms.ChoiceField(label=_("Kind of work"))
    signed_on = _date(
        _("Date on the signed paper"), _("The application keeps this date as its own.")
    )
    valid_until = _date(_("Last day of the mandate"), _("One year from today at most."))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, today=today, **kwargs)
        self.fields["occupation"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose")),
            *registry.occupation_choices(),
        ]
        self.fields["valid_until"].initial = today + timedelta(days=MANDATE_DAYS_MAX - 1)

    def person(self) -> dict[str, Any]:
        """Return what the paper says about the person, without the mandate."""
        answers = self.facts()
        return {name: answers[name] for name in answers if name not in MandateForm.base_fields}

    def mandate(self) -> dict[str, date]:
        """Return the dates of the mandate."""
        return {name: self.cleaned_data[name] for name in MandateForm.base_fields}


class LodgedForm(forms.Form):
    """The day on which a person lodged the paper."""

    lodged_on = _date(
        _("Date on the paper application"), _("It stays the date of the application.")
    )

    def __init__(self, *args: Any, signed_on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lodged_on"].initial = signed_on
