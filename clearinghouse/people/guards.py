"""What must be true of a profile or a mandate, whoever writes it."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clearinghouse.people.rules import ProfileData, age_on
from clearinghouse.registry.enums import CefrLevel, Qualification
from clearinghouse.shared.errors import Conflict, Invalid, NotNow
from clearinghouse.shared.texts import holds_controls, turns_direction, visible

if TYPE_CHECKING:
    from clearinghouse.people.models import Worker

YOUNGEST = 14
OLDEST = 100
# Years of childhood that cannot be years of work.
SCHOOL_YEARS = 13
EXPERIENCE_MAX = 60
MANDATE_DAYS_MAX = 366
_NAME_MAX = 120
_PHONE_MAX = 32

Fields = dict[str, list[str]]


def check_profile_possible(
    data: ProfileData, *, on: date, known_languages: Collection[str]
) -> None:
    """Refuse a profile that cannot be true, with `Invalid` and one list of sentences a field."""
    found: Fields = {}
    for part in (
        _names(data),
        _birth_date(data, on),
        _origin(data),
        _experience(data, on),
        _languages(data, known_languages),
        _words(data),
    ):
        for name, texts in part.items():
            found.setdefault(name, []).extend(texts)
    if found:
        raise Invalid(_("Some fields are not right."), code="profile", fields=found)


def check_version(worker: "Worker", version: int | None) -> None:
    """Refuse an edit that was made on an older copy."""
    if worker.version != version:
        raise Conflict(
            _("Somebody has changed this profile in the meantime. Compare, then save again."),
            code="edited_by_other",
        )


def check_facts_free(worker: "Worker", *, changed: bool) -> None:
    """Refuse other facts while states check them or a round uses them."""
    if worker.facts_frozen and changed:
        raise NotNow(
            _(
                "States are checking these facts for your application. To change them, withdraw "
                "the application first, without penalty. Names and telephone can change any time."
            ),
            code="facts_frozen",
        )


def check_mandate_possible(*, signed_on: date, valid_until: date, on: date) -> None:
    """Refuse a mandate signed in the future, ended already or longer than a year."""
    found: Fields = {}
    if signed_on > on:
        found["signed_on"] = [_("The paper cannot be signed in the future.")]
    if valid_until <= on:
        found["valid_until"] = [_("The mandate must end after today.")]
    elif valid_until > on + timedelta(days=MANDATE_DAYS_MAX):
        found["valid_until"] = [_("A mandate lasts one year at most. The person can renew it.")]
    if found:
        raise Invalid(_("Some fields are not right."), code="mandate", fields=found)


def _names(data: ProfileData) -> Fields:
    found: Fields = {}
    if not visible(data.given_names):
        found["given_names"] = [_("Write the given names as they stand on the person's papers.")]
    for name in ("given_names", "family_name"):
        text = getattr(data, name)
        if len(text) > _NAME_MAX:
            found.setdefault(name, []).append(_too_long(_NAME_MAX))
        if holds_controls(text):
            found.setdefault(name, []).append(_("A name cannot contain line breaks or tabs."))
        if turns_direction(text):
            found.setdefault(name, []).append(
                _("Invisible characters that change the direction of a text are not allowed here.")
            )
    return found


def _birth_date(data: ProfileData, on: date) -> Fields:
    if YOUNGEST <= age_on(data.birth_date, on) <= OLDEST:
        return {}
    text = _("The age must be between %(youngest)d and %(oldest)d years. Check the birth date.")
    return {"birth_date": [text % {"youngest": YOUNGEST, "oldest": OLDEST}]}


def _origin(data: ProfileData) -> Fields:
    if data.stateless and data.nationality:
        return {"nationality": [_("Choose a nationality or “stateless”, not both.")]}
    if not data.stateless and not data.nationality:
        return {"nationality": [_("Choose a nationality, or say that the person is stateless.")]}
    return {}


def _experience(data: ProfileData, on: date) -> Fields:
    years, age = data.experience_years, age_on(data.birth_date, on)
    if 0 <= years <= EXPERIENCE_MAX and (years == 0 or years <= age - SCHOOL_YEARS):
        return {}
    if _birth_date(data, on):
        # The age is wrong already; what follows from it would only confuse.
        return {}
    return {"experience_years": [_("So many years of work do not fit the age of the person.")]}


def _languages(data: ProfileData, known: Collection[str]) -> Fields:
    codes = [code for code, _level in data.languages]
    found = []
    if len(set(codes)) < len(codes):
        found.append(_("Name each language once."))
    if not set(codes) <= set(known):
        found.append(_("Choose languages from the list."))
    if not {level for _code, level in data.languages} <= set(CefrLevel.values):
        found.append(_("Choose a level from A1 to C2 for each language."))
    return {"languages": found} if found else {}


def _words(data: ProfileData) -> Fields:
    found: Fields = {}
    if data.qualification not in Qualification.values:
        found["qualification"] = [_("Choose a level of education from the list.")]
    if len(data.phone) > _PHONE_MAX:
        found["phone"] = [_too_long(_PHONE_MAX)]
    return found


def _too_long(limit: int) -> str:
    text = ngettext(
        "Write %(limit)d character at most.", "Write %(limit)d characters at most.", limit
    )
    return text % {"limit": limit}
