"""Starting, submitting and withdrawing an application."""

import uuid
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from clearinghouse.applications import guards, permissions, queries
from clearinghouse.applications.enums import Channel, Status
from clearinghouse.applications.models import Application
from clearinghouse.applications.services.steps import move, notify
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.notices.enums import Kind
from clearinghouse.people import queries as people
from clearinghouse.people import services as people_services
from clearinghouse.quotas import queries as quotas
from clearinghouse.quotas import rules
from clearinghouse.shared.database import refusals
from clearinghouse.shared.errors import Conflict, NotNow


@transaction.atomic
def start(
    *,
    by: User,
    now: datetime,
    worker_id: uuid.UUID | str | None = None,
    lodged_on: date | None = None,
) -> Application:
    """Start an application for oneself or for a mandated person (`worker_id`, a public id).

    `lodged_on` is the date on the paper. A draft that exists already is returned as it is, so that
    a double click does no harm; another live application raises `Conflict`.
    """
    permissions.check_can_apply(by)
    worker = people.lock_worker_for(by, worker_id, now)
    if worker is None:
        raise NotNow(_("Fill in your profile first."), code="no_profile")
    guards.check_adult(worker.birth_date, on=now.date())
    guards.check_lodged_on(lodged_on or now.date(), on=now.date())
    live = queries.find_live(worker)
    if live is not None and live.status == Status.DRAFT:
        return live
    exists = Conflict(
        _("There is an application already. A person has one at a time."), code="application_live"
    )
    if live is not None:
        raise exists
    own = worker.user_id == by.pk
    application = Application(
        worker=worker,
        channel=Channel.SELF if own else Channel.HELPER,
        lodged_on=lodged_on or now.date(),
    )
    with refusals({"applications_application_one_live": exists}):
        application.save()
    trail.record(
        Verb.APPLICATION_STARTED, by=by, on=application, facts={"channel": application.channel}
    )
    return queries.get_own(by, application.public_id, now)


@transaction.atomic
def submit(*, by: User, application_id: uuid.UUID | str, now: datetime) -> Application:
    """Send an application to the destinations; sending it twice is the same as once.

    All postings must still take applications (`NotNow` "late" names those that do not) and the
    person must meet them. From here the facts of the profile stay as they are.
    """
    application = queries.lock_application(by, application_id, now)
    if application.submitted_at is not None and application.status != Status.WITHDRAWN:
        return application
    guards.check_editable(application)
    # Freezing waits for a profile that is being saved, so that the facts below are the last ones.
    people_services.freeze_facts(worker_ids=[application.worker_id])
    profile = people.profiles_of([application.worker_id])[application.worker_id]
    guards.check_adult(profile.birth_date, on=now.date())
    postings = quotas.list_by_ids(wish.quota_id for wish in application.wishes.all())
    guards.check_has_wishes(count=len(postings))
    guards.check_not_hidden(postings, queries.hidden_postings(application.worker, postings))
    guards.check_postings_open(postings, now=now)
    guards.check_eligible(
        {quota: rules.reasons(quotas.facts_of(quota), profile, on=now.date()) for quota in postings}
    )
    move(application, to=Status.SUBMITTED, now=now)
    trail.record(Verb.APPLICATION_SUBMITTED, by=by, on=application, facts={"wishes": len(postings)})
    notify(application, Kind.APPLICATION_RECEIVED, now=now)
    return application


@transaction.atomic
def withdraw(*, by: User, application_id: uuid.UUID | str, now: datetime) -> Application:
    """Take an application back, without penalty; taking it back twice is the same as once."""
    application = queries.lock_application(by, application_id, now)
    if application.status == Status.WITHDRAWN:
        return application
    guards.check_editable(application)
    move(application, to=Status.WITHDRAWN, now=now)
    people_services.thaw_facts(worker_ids=[application.worker_id])
    trail.record(Verb.APPLICATION_WITHDRAWN, by=by, on=application)
    return application
