"""Certifying rounds: two people who had no hand in them."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts.models import User
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.matching import guards, permissions, queries
from clearinghouse.matching.enums import Status
from clearinghouse.matching.lifecycle import LIFECYCLE
from clearinghouse.matching.models import Certification, Round
from clearinghouse.matching.services.self_testing import examine_round
from clearinghouse.matching.services.steps import move
from clearinghouse.shared.database import refusals
from clearinghouse.shared.failpoints import pass_failpoint


@transaction.atomic
def certify(*, by: User, number: int, now: datetime) -> Round:
    """Certify a verified round; with the second certifier it is certified.

    The statistical self-test stands before the first one. A certifier's second click changes
    nothing.
    """
    round_ = queries.lock_round(number)
    permissions.check_can_certify(by, round_, queries.list_requester_ids(round_))
    certifications = queries.list_certifications(round_)
    if certifications.filter(certifier=by).exists():
        return round_
    LIFECYCLE.check(round_.status, Status.CERTIFIED)
    test = examine_round(number=number, now=now)
    guards.check_self_test_passed(queries.failed_tests(test))
    others = permissions.own_round()
    with refusals({"matching_certification_by_others": others}), transaction.atomic():
        Certification.objects.create(
            round=round_, certifier=by, plan_digest=round_.plan_digest, at=now
        )
    trail.record(Verb.ROUND_CERTIFIED, by=by, on=round_, facts={"plan_digest": round_.plan_digest})
    if certifications.count() >= queries.promised(round_, "certifiers", settings.CERTIFIERS_NEEDED):
        move(round_, Status.CERTIFIED, certified_at=now)
    pass_failpoint("certifying")
    return round_
