"""Every read of the registry."""

import unicodedata
import uuid
from datetime import date, datetime
from typing import Any

from babel import Locale
from django.db.models import Count, F, Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from knox.models import AuthToken

from accounts import queries as account_queries
from accounts.models import Invitation, User
from clearinghouse.access.tokens import state_token
from clearinghouse.registry import guards, reference
from clearinghouse.registry.enums import AgencyKind
from clearinghouse.registry.models import Agency, Occupation, Officer, Participation, State
from clearinghouse.shared.errors import NotFound
from clearinghouse.shared.ids import as_uuid

Choices = list[tuple[str, str]]

_NAMED = frozenset({"ar", "en", "es", "fr"})
# No complete Arabic copy of ISCO-08 is published: readers of Arabic see the English title.
_TITLED = frozenset({"en", "es", "fr"})
_TOKEN_ID = 16


def get_state(iso2: str) -> State:
    """Return a state by its ISO 3166-1 alpha-2 code or raise `NotFound`."""
    found = State.objects.filter(iso2=iso2.upper()).first()
    if found is None:
        raise NotFound(_("There is no such state."))
    return found


def list_states(search: str = "", order: str = "name") -> QuerySet[State]:
    """List states, found by code or by name in any language.

    `order` is `name` (in the active language), `population`, `gdp` or `refugees`, with `-` before
    it for descending; unknown figures come last.
    """
    states = State.objects.all()
    if search := search.strip():
        states = states.filter(
            Q(iso2__iexact=search)
            | Q(iso3__iexact=search)
            | Q(name_en__icontains=search)
            | Q(name_fr__icontains=search)
            | Q(name_es__icontains=search)
            | Q(name_ar__icontains=search)
        )
    columns = {
        "name": _state_column(),
        "population": "population",
        "gdp": "gdp_usd",
        "refugees": "refugees_hosted",
    }
    column = columns.get(order.removeprefix("-"), columns["name"])
    return states.order_by(_last_if_unknown(column, descending=order.startswith("-")), "iso2")


def state_name(state: State) -> str:
    """Return the name of a state in the active language."""
    return str(getattr(state, _state_column()))


def state_choices() -> Choices:
    """List (iso2, name in the active language) of every state, sorted by name."""
    return _sorted_by_label(State.objects.values_list("iso2", _state_column()))


def get_occupation(code: str) -> Occupation:
    """Return an occupation by its ISCO-08 code or raise `NotFound`."""
    found = Occupation.objects.filter(code=code).first()
    if found is None:
        raise NotFound(_("There is no such occupation."))
    return found


def list_occupations(search: str = "", level: int | None = None) -> QuerySet[Occupation]:
    """List occupations by code, found by the start of the code or by title; `level` is 1 to 4."""
    occupations = Occupation.objects.order_by("code")
    if level is not None:
        occupations = occupations.filter(level=level)
    if search := search.strip():
        occupations = occupations.filter(
            Q(code__startswith=search)
            | Q(title_en__icontains=search)
            | Q(title_fr__icontains=search)
            | Q(title_es__icontains=search)
        )
    return occupations


def occupation_title(occupation: Occupation) -> str:
    """Return the title in the active language; in Arabic the English one, for want of a source."""
    return str(getattr(occupation, _title_column()))


def occupation_choices(level: int = 4) -> Choices:
    """List (code, title in the active language) of one level, sorted by title."""
    return _sorted_by_label(
        Occupation.objects.filter(level=level).values_list("code", _title_column())
    )


def language_choices() -> Choices:
    """List (code, name in the active language) of languages that a requirement may name.

    Names come from Unicode CLDR; the source file's English name stands in where CLDR has none.
    """
    names = Locale(_language()).languages
    return _sorted_by_label(
        (str(row["code"]), str(names.get(str(row["code"])) or row["name_en"]))
        for row in reference.records(reference.LANGUAGES)
        if row["code"]
    )


def list_programmes() -> tuple[reference.Record, ...]:
    """List the sourced labour programmes of real destinations, as the file has them."""
    return reference.records(reference.PROGRAMMES)


def officer_of(user: object) -> Officer | None:
    """Return the office of an official with its agency and state; read once per user object."""
    if not isinstance(user, User):
        return None
    if "_officer" not in user.__dict__:
        officers = Officer.objects.select_related("agency__state")
        user.__dict__["_officer"] = officers.filter(user_id=user.pk).first()
    found: Officer | None = user.__dict__["_officer"]
    return found


def state_of(user: object) -> State | None:
    """Return the state that an official acts for; international bodies and workers have none."""
    officer = officer_of(user)
    return officer.agency.state if officer else None


def tokens_of(actor: object) -> list[int]:
    """Return the shield tokens of all states that an account acts for, sorted; others have none.

    Read once per user object. Who acts for several states sees what none of them must not see.
    """
    if not isinstance(actor, User):
        return []
    if "_tokens" not in actor.__dict__:
        # One office a person, by the database; whoever adds another affiliation adds it here.
        state = state_of(actor)
        actor.__dict__["_tokens"] = [state_token(state.iso2)] if state else []
    found: list[int] = actor.__dict__["_tokens"]
    return found


def known_to(actor: object, column: str = "shield") -> Q:
    """Return the condition under which an actor may know of a row: its shield names no token of
    the actor. `column` is the path to the array of tokens; one query at most."""
    tokens = tokens_of(actor)
    return ~Q(**{f"{column}__overlap": tokens}) if tokens else Q()


def list_officers(*, search: str = "", agency_id: uuid.UUID | None = None) -> QuerySet[Officer]:
    """List offices that people hold, with person, agency and state, by name of the person."""
    officers = Officer.objects.select_related("user", "agency__state")
    if agency_id is not None:
        officers = officers.filter(agency__public_id=agency_id)
    if search := search.strip():
        officers = officers.filter(
            Q(user__display_name__icontains=search) | Q(user__email__icontains=search)
        )
    return officers.order_by("user__display_name", "pk")


def offices_of(user_ids: list[int]) -> dict[int, Officer]:
    """Return the office of each of these accounts that has one, by the account's key."""
    officers = Officer.objects.select_related("agency__state").filter(user_id__in=user_ids)
    return {officer.user_id: officer for officer in officers}


def get_agency(public_id: uuid.UUID | str) -> Agency:
    """Return an agency with its state or raise `NotFound`."""
    agencies = Agency.objects.select_related("state")
    found = agencies.filter(public_id=as_uuid(public_id)).first()
    if found is None:
        raise NotFound(_("There is no such agency."))
    return found


def list_agencies(
    *, search: str = "", kind: str = "", state: str = "", order: str = "name"
) -> QuerySet[Agency]:
    """List agencies with state and `officer_count`; `order` is `name`, `kind` or `officers`."""
    agencies = Agency.objects.select_related("state").annotate(officer_count=Count("officers"))
    if search := search.strip():
        column = f"state__{_state_column()}__icontains"
        agencies = agencies.filter(Q(name__icontains=search) | Q(**{column: search}))
    if kind:
        agencies = agencies.filter(kind=kind)
    if state:
        agencies = agencies.filter(state__iso2=state)
    columns = {"name": "name", "kind": "kind", "officers": "officer_count"}
    column = columns.get(order.removeprefix("-"), "name")
    return agencies.order_by(f"-{column}" if order.startswith("-") else column, "pk")


def agencies_by_public_id(public_ids: list[str]) -> dict[str, Agency]:
    """Return agencies with their states by the text of their public id."""
    agencies = Agency.objects.select_related("state").filter(public_id__in=public_ids)
    return {str(agency.public_id): agency for agency in agencies}


def agency_choices() -> Choices:
    """List (public id, name and state) of every agency, sorted by label."""
    return _sorted_by_label(
        (str(agency.public_id), agency_label(agency))
        for agency in Agency.objects.select_related("state")
    )


def agency_label(agency: Agency) -> str:
    """Return the name of an agency with its state, or with its kind if it has none."""
    place = state_name(agency.state) if agency.state else AgencyKind(agency.kind).label
    return _("%(agency)s (%(place)s)") % {"agency": agency.name, "place": place}


def get_official(public_id: uuid.UUID | str) -> User:
    """Return an account that holds or held an office, or raise `NotFound`; never a worker's."""
    found = account_queries.find_official(public_id)
    if found is None:
        raise NotFound(_("There is no such person."))
    return found


def get_invitation(token: str, *, now: datetime, lock: bool = False) -> Invitation:
    """Return the good invitation of a link, or say why it is not good (`NotFound`, `NotNow`)."""
    found = account_queries.find_invitation(token, lock=lock)
    if found is None:
        raise NotFound(
            _("This link is not complete. Copy the whole line from the mail."),
            code="invitation_unknown",
        )
    guards.check_invitation_good(found, now=now)
    return found


def list_tokens(user: User) -> QuerySet[AuthToken]:
    """List a person's own tokens for programs, newest first."""
    tokens: QuerySet[AuthToken] = AuthToken.objects.filter(user=user)
    return tokens.order_by("-created")


def find_token(user: User, start: str) -> AuthToken | None:
    """Find a person's own token by the start of its digest, as `token_id` gives it."""
    if len(start) != _TOKEN_ID:
        return None
    return list_tokens(user).filter(digest__startswith=start).first()


def token_id(digest: str) -> str:
    """Return the part of a digest that names a token on pages and in the audit trail."""
    return digest[:_TOKEN_ID]


def participates(state: State, treaty: str, on: date) -> bool:
    """Tell whether a state takes part in an instrument on a day."""
    return Participation.objects.filter(state=state, treaty=treaty, validity__contains=on).exists()


def _language() -> str:
    active = (translation.get_language() or "en").split("-")[0]
    return active if active in _NAMED else "en"


def _state_column() -> str:
    return f"name_{_language()}"


def _title_column() -> str:
    language = _language()
    return f"title_{language if language in _TITLED else 'en'}"


def _last_if_unknown(column: str, *, descending: bool) -> Any:
    return F(column).desc(nulls_last=True) if descending else F(column).asc(nulls_last=True)


def _sorted_by_label(choices: Any) -> Choices:
    return sorted(choices, key=lambda choice: (_without_accents(choice[1]), choice[0]))


def _without_accents(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
