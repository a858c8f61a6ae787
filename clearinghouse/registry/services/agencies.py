"""Agencies, and the participation of states."""

from datetime import date, timedelta

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from clearinghouse.access.checks import Actor
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.registry import guards, permissions
from clearinghouse.registry.models import Agency, Participation, State
from clearinghouse.shared.database import refusals
from clearinghouse.shared.errors import Conflict, Invalid


@transaction.atomic
def create_agency(*, by: Actor, name: str, kind: str, state: State | None = None) -> Agency:
    """Create an agency; authorities of states need one, international bodies have none."""
    permissions.check_can_manage_people(by)
    guards.check_agency_has_place(kind=kind, has_state=state is not None)
    if not name.strip():
        sentence = _("Please enter the name of the agency.")
        raise Invalid(sentence, code="name_missing", fields={"name": [sentence]})
    agency = Agency(name=name.strip(), kind=kind, state=state)
    agency.save()
    trail.record(
        Verb.AGENCY_CREATED,
        by=by,
        on=agency,
        facts={"kind": str(kind)},
        state=state.iso2 if state else "",
    )
    return agency


@transaction.atomic
def record_participation(
    *, by: Actor, state: State, treaty: str, start: date, end: date | None = None
) -> Participation:
    """Record that a state takes part in an instrument from `start` through `end` (None: open)."""
    permissions.check_can_manage_people(by)
    guards.check_period(start=start, end=end)
    sentence = _("The state takes part during these days already.")
    overlap = Conflict(sentence, code="participation_overlaps", fields={"start": [sentence]})
    day_after = None if end is None else end + timedelta(days=1)
    row = Participation(state=state, treaty=treaty, validity=DateRange(start, day_after))
    names = (
        "registry_participation_no_overlap",
        "registry_participation_no_overlap_sharing",
    )
    with refusals(dict.fromkeys(names, overlap)), transaction.atomic():
        row.save()
    trail.record(
        Verb.PARTICIPATION_RECORDED,
        by=by,
        on=row,
        facts={"treaty": str(treaty), "start": str(start), "end": str(end or "")},
        state=state.iso2,
    )
    return row
