"""Forms of the worker's pages, one short group of questions each."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clearinghouse.people.guards import OLDEST, YOUNGEST
from clearinghouse.people.rules import age_on
from clearinghouse.registry import queries as registry
from clearinghouse.registry.enums import CefrLevel, Qualification

STATELESS = "stateless"
LEVEL_WORDS = {
    CefrLevel.A1: _("A1 – I know some words"),
    CefrLevel.A2: _("A2 – I can talk about simple things"),
    CefrLevel.B1: _("B1 – I can talk in daily life"),
    CefrLevel.B2: _("B2 – I speak it well"),
    CefrLevel.C1: _("C1 – I speak it very well"),
    CefrLevel.C2: _("C2 – I speak it like my first language"),
}


class WhoForm(forms.Form):
    """Who the person is. Stateless is an answer of its own, so that nobody leaves it by mistake."""

    given_names = forms.CharField(
        label=_("Given names"),
        max_length=120,
        help_text=_("As in your passport or other paper. Any paper will do."),
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    family_name = forms.CharField(
        label=_("Family name"),
        max_length=120,
        required=False,
        help_text=_("Leave this empty if you have only one name."),
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    birth_date = forms.DateField(label=_("When were you born?"))
    nationality = forms.ChoiceField(label=_("Nationality"))
    former_residence = forms.ChoiceField(
        label=_("Where did you live before you left?"),
        required=False,
        help_text=_("Fill this in only if you had to leave your home country."),
    )
    phone = forms.CharField(
        label=_("Telephone"),
        max_length=32,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "dir": "ltr"}),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        years = range(today.year - YOUNGEST, today.year - OLDEST - 1, -1)
        self.fields["birth_date"].widget = forms.SelectDateWidget(
            years=years, empty_label=(str(_("Year")), str(_("Month")), str(_("Day")))
        )
        states = registry.state_choices()
        self.fields["nationality"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose")),
            (STATELESS, _("I have no nationality (stateless)")),
            *states,
        ]
        self.fields["former_residence"].choices = [  # type: ignore[attr-defined]
            ("", _("Does not apply to me")),
            *states,
        ]
        self._today = today

    def clean_birth_date(self) -> date:
        """Refuse ages that cannot be true already here, before the answer is kept."""
        born: date = self.cleaned_data["birth_date"]
        if not YOUNGEST <= age_on(born, self._today) <= OLDEST:
            raise forms.ValidationError(_("Check the year. People are between 14 and 100 here."))
        return born

    def facts(self) -> dict[str, Any]:
        """Return the answers as the house keeps them: stateless is a fact, not a code."""
        answers = self.cleaned_data
        stateless = answers["nationality"] == STATELESS
        return {
            **answers,
            "nationality": "" if stateless else answers["nationality"],
            "stateless": stateless,
        }


class WorkForm(forms.Form):
    """What the person works as; the choices are what the search above the form found."""

    occupation = forms.ChoiceField(
        label=_("Which of these is nearest to your work?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the kinds of work in the list.")},
    )
    experience_years = forms.IntegerField(
        label=_("How many years have you done this work?"),
        min_value=0,
        max_value=60,
        help_text=_("Whole years. Write 0 if you are new to it."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, occupations: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["occupation"].choices = occupations  # type: ignore[attr-defined]


class SchoolForm(forms.Form):
    """The highest schooling that was finished."""

    qualification = forms.ChoiceField(
        label=_("What is the highest school that you finished?"),
        choices=Qualification.choices,
        widget=forms.RadioSelect,
        help_text=_("You do not need a paper for it now."),
    )


class LanguageForm(forms.Form):
    """One language and how well it is spoken; an empty row is left out."""

    language = forms.ChoiceField(label=_("Language"), required=False)
    level = forms.ChoiceField(
        label=_("How well do you speak it?"),
        required=False,
        choices=[("", _("Choose")), *LEVEL_WORDS.items()],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose")),
            *registry.language_choices(),
        ]

    def clean(self) -> dict[str, Any]:
        """Ask for the level when a language was chosen."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("language") and not cleaned.get("level"):
            self.add_error("level", _("Say how well you speak this language."))
        return cleaned


class BaseLanguages(forms.BaseFormSet):
    """All languages of a person, each once."""

    def clean(self) -> None:
        """Refuse the same language twice, at the second row."""
        seen: set[str] = set()
        for form in self.forms:
            language = getattr(form, "cleaned_data", {}).get("language")
            if not language or form.cleaned_data.get("DELETE"):
                continue
            if language in seen:
                form.add_error("language", _("This language is in your list already."))
            seen.add(language)

    def spoken(self) -> list[tuple[str, str]]:
        """Return (language, level) of the rows that were filled in and not taken out."""
        return [
            (row["language"], row["level"])
            for row in (form.cleaned_data for form in self.forms)
            if row.get("language") and not row.get("DELETE")
        ]


LANGUAGES_MAX = 30
LanguagesForm = forms.formset_factory(
    LanguageForm,
    formset=BaseLanguages,
    extra=1,
    can_delete=True,
    max_num=LANGUAGES_MAX,
    absolute_max=LANGUAGES_MAX,
)


class StatementForm(forms.Form):
    """What a person wants the protection body to know."""

    statement = forms.CharField(
        label=_("What do you want to tell the protection body?"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Write in any language. You do not have to write anything now."),
    )


class HideForm(forms.Form):
    """One more country that must not know of the person."""

    states = forms.ChoiceField(label=_("Country"))
    give_up_offer = forms.BooleanField(
        label=_("I give up the open offer from this country"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["states"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose")),
            *registry.state_choices(),
        ]
