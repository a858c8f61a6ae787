"""Forms of the administration."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.enums import Language, Role
from clearinghouse.registry import queries as registry
from clearinghouse.registry.enums import OFFICES, AgencyKind

_EMPTY = [("", _("Please choose"))]


def role_choices() -> list[tuple[str, str]]:
    """List the roles that an administrator may give: all but that of a worker."""
    return [(role.value, str(role.label)) for role in Role if role in OFFICES]


class RoleForm(forms.Form):
    """A role in an agency."""

    role = forms.ChoiceField(label=_("Role"))
    agency = forms.ChoiceField(
        label=_("Agency"), help_text=_("A person works for one agency at a time.")
    )
    position = forms.CharField(label=_("Position"), max_length=120, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["role"].choices = _EMPTY + role_choices()  # type: ignore[attr-defined]
        self.fields["agency"].choices = _EMPTY + registry.agency_choices()  # type: ignore[attr-defined]


class MoveForm(forms.Form):
    """Another agency for a person with all roles."""

    agency = forms.ChoiceField(
        label=_("Agency"), help_text=_("It must be of a kind that has all roles of this person.")
    )
    position = forms.CharField(label=_("Position"), max_length=120, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["agency"].choices = _EMPTY + registry.agency_choices()  # type: ignore[attr-defined]


class InvitationForm(RoleForm):
    """An invitation to a role in an agency."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    language = forms.ChoiceField(label=_("Language of the mail"), choices=Language.choices)
    position = None  # type: ignore[assignment]
    field_order = ("email", "role", "agency", "language")


class AgencyForm(forms.Form):
    """A new agency."""

    name = forms.CharField(label=_("Name"), max_length=160)
    kind = forms.ChoiceField(label=_("Kind"), choices=_EMPTY + list(AgencyKind.choices))
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        help_text=_("Only for authorities of a state; international bodies have none."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        none = [("", _("No state"))]
        self.fields["state"].choices = none + registry.state_choices()  # type: ignore[attr-defined]
