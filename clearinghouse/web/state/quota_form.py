"""The form of a quota in sections, and what differs between two versions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clearinghouse.quotas.enums import (
    CRITERION_SCALE,
    WEIGHT_MAX,
    Category,
    Criterion,
    FigureKind,
    ReserveOrder,
    WageUnit,
)
from clearinghouse.quotas.rules import QuotaDraft
from clearinghouse.registry import queries as registry
from clearinghouse.registry.enums import CefrLevel, Qualification

NONE = [("", gettext_lazy("None"))]
SHARED_DIGITS = [
    (0, gettext_lazy("Any occupation")),
    (1, gettext_lazy("Same major group (1 digit of ISCO-08)")),
    (2, gettext_lazy("Same group (2 digits)")),
    (3, gettext_lazy("Same smaller group (3 digits)")),
    (4, gettext_lazy("Exactly this occupation (4 digits)")),
]
SECTIONS: tuple[tuple[Any, Any, tuple[str, ...]], ...] = (
    (gettext_lazy("What"), "", ("title", "summary", "category", "occupation")),
    (gettext_lazy("When"), "when", ("starts_on", "ends_on")),
    (gettext_lazy("Places and reserve"), "reserve", ("places", "reserve_share", "reserve_order")),
    (
        gettext_lazy("Pay"),
        "pay",
        ("wage_amount", "wage_currency", "wage_unit", "comparator_wage"),
    ),
    (
        gettext_lazy("Rights"),
        "rights",
        ("health_cover", "housing", "ethical_recruitment", "no_worker_fees", "complaint_route"),
    ),
    (
        gettext_lazy("Requirements"),
        "requirements",
        (
            "occupation_digits",
            "min_experience_years",
            "min_qualification",
            "language",
            "min_language_level",
            "open_to",
        ),
    ),
    (
        gettext_lazy("Points"),
        "points",
        (
            "weight_language",
            "weight_experience",
            "weight_qualification",
            "weight_occupation",
            "weight_priority",
            "priority_occupations",
            "by_lot",
        ),
    ),
    (
        gettext_lazy("Source of the number"),
        "source",
        ("source_title", "source_url", "source_places", "figure_kind"),
    ),
)
# Sections of short fields, drawn beside each other where there is room.
COLUMNS = frozenset({"when", "pay", "points", "source"})


def _day(label: Any, hint: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, help_text=hint)


def _amount(label: Any, hint: Any = "") -> forms.DecimalField:
    return forms.DecimalField(label=label, max_digits=12, decimal_places=2, help_text=hint)


def _tick(label: Any) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False)


def _weight(criterion: Criterion) -> forms.IntegerField:
    return forms.IntegerField(
        label=criterion.label, required=False, min_value=0, max_value=WEIGHT_MAX
    )


def _many(label: Any, hint: Any) -> forms.MultipleChoiceField:
    widget = forms.SelectMultiple(attrs={"size": 8})
    return forms.MultipleChoiceField(label=label, required=False, widget=widget, help_text=hint)


class QuotaForm(forms.Form):
    """All that a state writes about a quota; services judge what fields say together."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    summary = forms.CharField(
        label=gettext_lazy("Description"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("What the work is, where, and who employs. Plain words."),
    )
    category = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Category.choices)
    occupation = forms.ChoiceField(label=gettext_lazy("Occupation"))
    starts_on = _day(gettext_lazy("First day"), gettext_lazy("The work begins on or after it."))
    ends_on = _day(gettext_lazy("Last day"), gettext_lazy("The last day of the period."))
    places = forms.IntegerField(label=gettext_lazy("Places"), min_value=1)
    reserve_share = forms.DecimalField(
        label=gettext_lazy("Reserved share"), min_value=0, max_digits=5, decimal_places=2
    )
    reserve_order = forms.ChoiceField(
        label=gettext_lazy("Which places are filled first"),
        choices=ReserveOrder.choices,
        widget=forms.RadioSelect,
    )
    wage_amount = _amount(gettext_lazy("Wage"), gettext_lazy("Before tax."))
    wage_currency = forms.CharField(
        label=gettext_lazy("Currency"),
        max_length=3,
        help_text=gettext_lazy("Three letters, for example EUR."),
    )
    wage_unit = forms.ChoiceField(label=gettext_lazy("Paid for"), choices=WageUnit.choices)
    comparator_wage = _amount(
        gettext_lazy("Comparable wage"),
        gettext_lazy("What nationals earn for the same work, in the same currency and time."),
    )
    health_cover = _tick(gettext_lazy("Every worker has health cover from the first day."))
    housing = _tick(gettext_lazy("Decent housing is provided, or found with the worker."))
    ethical_recruitment = _tick(
        gettext_lazy("Recruitment follows the rules of ethical recruitment.")
    )
    no_worker_fees = _tick(gettext_lazy("No worker pays for being recruited."))
    complaint_route = forms.CharField(
        label=gettext_lazy("Where workers can complain"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Office, address, telephone, languages."),
    )
    occupation_digits = forms.TypedChoiceField(
        label=gettext_lazy("Occupation of the worker"), choices=SHARED_DIGITS, coerce=int
    )
    min_experience_years = forms.IntegerField(
        label=gettext_lazy("Years of experience, at least"), required=False, min_value=0
    )
    min_qualification = forms.ChoiceField(
        label=gettext_lazy("Qualification, at least"), choices=Qualification.choices
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    min_language_level = forms.ChoiceField(
        label=gettext_lazy("Level of the language, at least"),
        required=False,
        choices=[*NONE, *CefrLevel.choices],
    )
    open_to = _many(
        gettext_lazy("Open only to people from"),
        gettext_lazy("Choose none to open it to everybody."),
    )
    weight_language = _weight(Criterion.LANGUAGE)
    weight_experience = _weight(Criterion.EXPERIENCE)
    weight_qualification = _weight(Criterion.QUALIFICATION)
    weight_occupation = _weight(Criterion.OCCUPATION)
    weight_priority = _weight(Criterion.PRIORITY)
    priority_occupations = _many(
        gettext_lazy("Priority occupations"),
        gettext_lazy("Only if priority occupations give points."),
    )
    by_lot = _tick(gettext_lazy("No points: chance alone decides between those who are eligible."))
    source_title = forms.CharField(label=gettext_lazy("Title"), required=False, max_length=300)
    source_url = forms.URLField(
        label=gettext_lazy("Address"), required=False, max_length=500, assume_scheme="https"
    )
    source_places = forms.IntegerField(
        label=gettext_lazy("Places that it states"), required=False, min_value=0
    )
    figure_kind = forms.ChoiceField(
        label=gettext_lazy("Kind of figure"), required=False, choices=[*NONE, *FigureKind.choices]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        occupations = registry.occupation_choices()
        held = self.initial.get("occupation", "")
        if held and held not in dict(occupations):
            occupations.insert(0, (held, held))
        _choose(self.fields["occupation"], [("", _("Choose an occupation")), *occupations])
        _choose(self.fields["priority_occupations"], _with(self.initial, occupations))
        _choose(self.fields["language"], [*NONE, *registry.language_choices()])
        _choose(self.fields["open_to"], registry.state_choices())
        for criterion, most in CRITERION_SCALE.items():
            self.fields[f"weight_{criterion.value}"].help_text = _scale(criterion, most)
        self.fields["reserve_share"].help_text = _reserve_hint()

    @property
    def sections(self) -> list[dict[str, Any]]:
        """Return the fields in their sections, in order."""
        return [
            {
                "title": title,
                "key": key,
                "columns": key in COLUMNS,
                "fields": [self[name] for name in names],
            }
            for title, key, names in SECTIONS
        ]

    def clean_wage_currency(self) -> str:
        """Return the currency in capital letters."""
        return str(self.cleaned_data["wage_currency"]).upper()

    def to_draft(self) -> QuotaDraft:
        """Return the fields as the service takes them; an empty weight counts nothing."""
        fields = {key: value for key, value in self.cleaned_data.items() if key != "version"}
        for name, value in fields.items():
            if name.startswith("weight_") or name == "min_experience_years":
                fields[name] = value or 0
        for name in ("open_to", "priority_occupations"):
            fields[name] = frozenset(fields[name])
        return QuotaDraft(**fields)


def initial_of(draft: QuotaDraft, *, version: int) -> dict[str, Any]:
    """Return what the form shows of a saved quota."""
    values = {name: getattr(draft, name) for name in QuotaDraft.__dataclass_fields__}
    for name in ("open_to", "priority_occupations"):
        values[name] = sorted(values[name])
    return {**values, "version": version}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that two people filled differently."""

    label: str
    saved: str
    own: str


def differences(form: QuotaForm, saved: QuotaDraft) -> list[Difference]:
    """List the fields in which a valid form differs from what is saved, both in words."""
    own = form.to_draft()
    return [
        Difference(
            str(form.fields[name].label),
            _in_words(form, name, getattr(saved, name)),
            _in_words(form, name, getattr(own, name)),
        )
        for name in QuotaDraft.__dataclass_fields__
        if getattr(saved, name) != getattr(own, name)
    ]


def _in_words(form: QuotaForm, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    if isinstance(value, Decimal):
        return f"{value:f}"
    choices = {str(key): str(label) for key, label in getattr(form.fields[name], "choices", ())}
    if isinstance(value, frozenset):
        return ", ".join(choices.get(key, key) for key in sorted(value)) or _("None")
    return choices.get(str(value), str(value)) if value not in ("", None) else _("None")


def _choose(field: forms.Field, choices: list[Any]) -> None:
    if isinstance(field, forms.ChoiceField):
        field.choices = choices


def _with(initial: Mapping[str, Any], choices: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Keep codes of groups that a program wrote, which the list of occupations does not hold."""
    known = {code for code, _title in choices}
    held = [(code, code) for code in initial.get("priority_occupations", ()) if code not in known]
    return [*held, *choices]


def _scale(criterion: Criterion, most: int) -> str:
    if criterion == Criterion.PRIORITY:
        return _("The weight itself, if the worker's occupation is on the list.")
    return ngettext(
        "The value goes from 0 to %(count)d; points are the value times the weight.",
        "The value goes from 0 to %(count)d; points are the value times the weight.",
        most,
    ) % {"count": most}


def _reserve_hint() -> str:
    least = settings.MINIMUM_RESERVE_PERCENT
    text = _("In percent, for people with protected status. There is no usual value: state yours.")
    if not least:
        return text
    rule = _("The operator of this clearing house asks for at least %(percent)d percent.")
    return f"{text} {rule % {'percent': least}}"
