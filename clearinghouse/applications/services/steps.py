"""The steps that several verbs share: a move of one application, and what checks make of it."""

from datetime import datetime

from clearinghouse.access.checks import Actor
from clearinghouse.applications.enums import Check, Status
from clearinghouse.applications.lifecycle import LIFECYCLE
from clearinghouse.applications.models import Application
from clearinghouse.applications.queries import list_checks
from clearinghouse.applications.rules import status_after_checks
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.notices import services as notices
from clearinghouse.notices.enums import Kind
from clearinghouse.people import queries as people


def move(application: Application, *, to: Status, now: datetime) -> None:
    """Move an application to another status and keep the moment."""
    LIFECYCLE.check(application.status, to)
    application.status = to
    if to == Status.SUBMITTED and application.submitted_at is None:
        application.submitted_at = now
    if to == Status.IN_POOL:
        application.pooled_at = now
    if to in {Status.WITHDRAWN, Status.PLACED, Status.UNPLACED}:
        application.closed_at = now
    application.save(update_fields=["status", "submitted_at", "pooled_at", "closed_at"])


def follow_checks(application: Application, *, by: Actor, now: datetime) -> bool:
    """Bring the status of a sent application in line with its checks; tell whether it moved."""
    if application.status == Status.DRAFT:
        return False
    checks = list_checks(application)
    to = status_after_checks(checks)
    if to == application.status:
        return False
    move(application, to=to, now=now)
    if to == Status.IN_POOL:
        eligible = sum(check == Check.ELIGIBLE for check in checks)
        trail.record(
            Verb.APPLICATION_POOLED, by=by, on=application, facts={"eligible_wishes": eligible}
        )
    return True


def notify(application: Application, kind: Kind, *, now: datetime) -> None:
    """Tell the person, or the helper who acts for them, that something happened."""
    if contact := people.contact_of(application.worker, now):
        notices.send(user=contact, kind=kind, facts={"reference": application.reference}, now=now)
