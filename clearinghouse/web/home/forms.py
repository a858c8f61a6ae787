"""Forms of a person's own account."""

from datetime import timedelta
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.enums import Language

LIFETIMES = (7, 30, 90, 365)


def _zone_choices() -> list[tuple[str, str]]:
    zones = [zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")]
    return [(zone, zone.replace("_", " ")) for zone in ["UTC", *sorted(zones)]]


def _lifetime_choices() -> list[tuple[int, str]]:
    return [
        (days, ngettext("%(days)d day", "%(days)d days", days) % {"days": days})
        for days in LIFETIMES
    ]


class SettingsForm(forms.Form):
    """How the portal speaks to a person."""

    display_name = forms.CharField(
        label=_("Name"),
        max_length=120,
        required=False,
        help_text=_("How the portal greets you. Colleagues see it beside what you did."),
    )
    language = forms.ChoiceField(label=_("Language of pages and mails"), choices=Language.choices)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=_zone_choices)


class TokenForm(forms.Form):
    """How long a new token works."""

    days = forms.TypedChoiceField(
        label=_("How long it works"), choices=_lifetime_choices, coerce=int, initial=90
    )

    @property
    def lifetime(self) -> timedelta:
        """Return the chosen time."""
        return timedelta(days=self.cleaned_data["days"])


class WelcomeForm(forms.Form):
    """Name and password of a person who was invited."""

    display_name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        label=_("Choose a password"),
        strip=False,
        help_text=_(
            "At least 10 characters. Several words are easy to remember and hard to guess."
        ),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    repeated = forms.CharField(
        label=_("The same password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_repeated(self) -> str:
        """Refuse a slip of the finger."""
        repeated = str(self.cleaned_data["repeated"])
        if repeated != self.cleaned_data.get("password", repeated):
            raise forms.ValidationError(_("The two passwords are not the same."))
        return repeated
