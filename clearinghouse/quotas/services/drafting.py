"""Writing a quota: draft, edit, delete."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from accounts.models import User
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.quotas import guards, permissions, queries
from clearinghouse.quotas.models import Quota
from clearinghouse.quotas.rules import QuotaDraft
from clearinghouse.quotas.services.steps import record, refusals_in_words
from clearinghouse.registry.queries import state_of
from clearinghouse.shared.database import refusals
from clearinghouse.shared.errors import Forbidden

_RELATED = frozenset({"occupation", "open_to", "priority_occupations"})
_PERIOD = frozenset({"starts_on", "ends_on"})


@transaction.atomic
def draft_quota(*, by: User, data: QuotaDraft, now: datetime) -> Quota:
    """Keep a new draft of a quota of the official's own state.

    Raises `Forbidden` for people who post for no state, `Invalid` with sentences by field.
    """
    permissions.check_can_draft(by)
    state = state_of(by)
    if state is None:
        raise Forbidden(_("You do not act for a state, so you cannot post a quota."))
    guards.check_draft_possible(data, state=state.iso2)
    queries.lock_state(state.pk)
    quota = Quota(state=state, author=by, reference=queries.next_reference(state, year=now.year))
    _write(quota, data)
    trail.record(
        Verb.QUOTA_DRAFTED, by=by, on=quota, facts={"places": quota.places}, state=state.iso2
    )
    return quota


@transaction.atomic
def edit_quota(
    *,
    by: User,
    quota_id: uuid.UUID,
    version: int,
    data: QuotaDraft,
    now: datetime,  # noqa: ARG001 - every service takes the moment
) -> Quota:
    """Replace the fields of a draft or a returned quota.

    `version` is the one that the editor read; an older one raises `Conflict` "edited_by_other",
    and nothing is written. Raises `Invalid` with sentences by field.
    """
    quota = queries.lock_quota(quota_id, actor=by)
    permissions.check_can_edit(by, quota)
    guards.check_editing_possible(quota, version=version)
    guards.check_draft_possible(data, state=quota.state.iso2)
    before = queries.draft_of(quota)
    quota.version += 1
    _write(quota, data)
    changed = [name for name in QuotaDraft.__dataclass_fields__ if _differs(before, data, name)]
    record(Verb.QUOTA_EDITED, by, quota, version=quota.version, changed=changed)
    return quota


@transaction.atomic
def delete_draft(
    *,
    by: User,
    quota_id: uuid.UUID,
    now: datetime,  # noqa: ARG001 - every service takes the moment
) -> None:
    """Delete a draft that was never submitted."""
    quota = queries.lock_quota(quota_id, actor=by)
    permissions.check_can_edit(by, quota)
    guards.check_deletion_possible(quota)
    record(Verb.QUOTA_DELETED, by, quota, reference=quota.reference)
    quota.delete()


def _write(quota: Quota, data: QuotaDraft) -> None:
    occupation = queries.resolve_occupations([data.occupation], field="occupation")[0]
    open_to = queries.resolve_states(data.open_to, field="open_to")
    priority = queries.resolve_occupations(data.priority_occupations, field="priority_occupations")
    for name in QuotaDraft.__dataclass_fields__:
        if name not in _RELATED | _PERIOD:
            setattr(quota, name, getattr(data, name))
    quota.occupation = occupation
    quota.period = DateRange(data.starts_on, data.ends_on + timedelta(days=1))
    with refusals(refusals_in_words()), transaction.atomic():
        quota.save()
    quota.open_to.set(open_to)
    quota.priority_occupations.set(priority)


def _differs(before: QuotaDraft, after: QuotaDraft, name: str) -> bool:
    return bool(getattr(before, name) != getattr(after, name))
