"""Forms of the secretariat."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

_MOMENT = "%Y-%m-%dT%H:%M"


def _moment(label: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        input_formats=[_MOMENT, "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MOMENT),
    )


def _public_reason(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=_("Everybody can read this reason."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
    )


class PlanForm(forms.Form):
    """Which postings take part, and when people may apply; times are in the reader's zone."""

    opens_at = _moment(_("Opens"))
    closes_at = _moment(_("Closes"))
    states = forms.MultipleChoiceField(label=_("All postings of a state"), required=False)
    quota_ids = forms.MultipleChoiceField(label=_("Postings"), required=False)

    def __init__(
        self,
        *args: Any,
        states: list[tuple[str, str]],
        quotas: list[tuple[str, str]],
        now: datetime,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["states"].choices = states  # type: ignore[attr-defined]
        self.fields["quota_ids"].choices = quotas  # type: ignore[attr-defined]
        opens = timezone.localtime(now).replace(minute=0, second=0, microsecond=0)
        self.fields["opens_at"].initial = opens + timedelta(days=1)
        self.fields["closes_at"].initial = opens + timedelta(days=15)


class VoidForm(forms.Form):
    """Why a round is voided; everybody can read it."""

    reason = _public_reason(_("Why is the round voided?"))


class DischargeForm(forms.Form):
    """Why the input of a drawn round was unlawful; everybody can read it."""

    reason = _public_reason(_("Why was the sealed input unlawful?"))


class CommitmentForm(forms.Form):
    """The digest of a secret that stays with its owner until the round is sealed."""

    commitment = forms.CharField(
        label=_("Commitment"),
        help_text=_("64 hexadecimal digits: the SHA-256 of your secret."),
        max_length=80,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "spellcheck": "false"}),
    )


class SecretForm(forms.Form):
    """The secret itself, once the input is sealed."""

    secret = forms.CharField(
        label=_("Secret"),
        help_text=_("The hexadecimal digits whose SHA-256 you committed to."),
        max_length=160,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "spellcheck": "false"}),
    )
