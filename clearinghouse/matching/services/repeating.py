"""After the draw: no second seed. A voided round is repeated, or two others let its entries go."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from clearinghouse.access.checks import SYSTEM, Actor
from clearinghouse.applications import services as applications
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.matching import guards, permissions, queries
from clearinghouse.matching.enums import RunStatus, Status
from clearinghouse.matching.models import (
    Discharge,
    MerkleTree,
    Round,
    RoundQuota,
    RulesDocument,
    SealedEntry,
    SealedPosting,
    SeedSecret,
)
from clearinghouse.matching.services.copying import copy_to_round
from clearinghouse.matching.services.steps import move, move_run
from clearinghouse.quotas import services as quotas
from clearinghouse.shared.database import refusals


def repeat_round(voided: Round, *, by: Actor) -> Round:
    """Make the round that decides instead of one voided after its draw: drawn, with the same input.

    Rules, secrets, sealed rows and tree are copied; the postings go over. An operator who voids
    gets no other seed, and the database refuses the entries to every other round.
    """
    repeat = Round.objects.create(
        number=queries.next_number(),
        operator=by if isinstance(by, User) else voided.operator,
        opens_at=voided.opens_at,
        closes_at=voided.closes_at,
        salt=voided.salt,
        repeat_of=voided,
    )
    for model in (RulesDocument, SeedSecret):
        copy_to_round(model, voided.pk, repeat.pk)
    move(repeat, Status.OPEN, opened_at=voided.opened_at, rules_digest=voided.rules_digest)
    for rows in (SealedPosting, SealedEntry, MerkleTree):
        copy_to_round(rows, voided.pk, repeat.pk)
    move(
        repeat,
        Status.SEALED,
        sealed_at=voided.sealed_at,
        input_digest=voided.input_digest,
        merkle_root=voided.merkle_root,
    )
    move(repeat, Status.DRAWN, drawn_at=voided.drawn_at, seed=voided.seed)
    RoundQuota.objects.filter(round=voided).update(round=repeat)
    facts = {"repeat_of": voided.number, "seed": voided.seed}
    trail.record(Verb.ROUND_DRAWN, by=by, on=repeat, facts=facts)
    return repeat


@transaction.atomic
def discharge_entries(*, by: User, number: int, reason: str, now: datetime) -> Round:
    """Agree that a repeated round's input was unlawful; the second certifier's word gives it back.

    Then the repeat is voided without another repeat, and its people and postings may join a new
    round. Certifiers who had a hand in the round may not; a second click changes nothing.
    """
    round_ = queries.lock_round(number)
    permissions.check_can_certify(by, round_, queries.list_requester_ids(round_))
    text = guards.check_reason_given(reason)
    guards.check_discharge_possible(round_)
    agreed = queries.list_discharges(round_)
    if agreed.filter(certifier=by).exists():
        return round_
    others = permissions.own_round()
    with refusals({"matching_certification_by_others": others}), transaction.atomic():
        Discharge.objects.create(round=round_, certifier=by, reason=text, at=now)
    facts = {"agreed": agreed.count(), "needed": settings.CERTIFIERS_NEEDED}
    if agreed.count() >= settings.CERTIFIERS_NEEDED:
        end_round(round_, reason=text, now=now)
        chain = queries.repeat_chain(round_)
        Round.objects.filter(pk__in=[row.pk for row in chain]).update(discharged_at=now)
        facts |= give_back(round_, by=SYSTEM, now=now)
    trail.record(Verb.ROUND_VOIDED, by=by, on=round_, facts=facts)
    return round_


def end_round(round_: Round, *, reason: str, now: datetime) -> None:
    """Void a locked round and stop the run that is under way."""
    move(round_, Status.VOIDED, voided_at=now, void_reason=reason)
    live = queries.find_live_run(round_)
    if live is not None:
        move_run(live, RunStatus.FAILED, finished_at=now, failure=_("The round was voided."))


def give_back(round_: Round, *, by: Actor, now: datetime) -> dict[str, int]:
    """Send a voided round's applications to the pool and its postings to where they may join."""
    application_ids = queries.list_application_ids(round_)
    applications.return_to_pool(
        application_ids=application_ids, by=by, now=now, round_number=round_.number
    )
    quota_ids = queries.quota_ids_of(round_)
    RoundQuota.objects.filter(round=round_).delete()
    quotas.republish_quotas(by=by, quota_ids=quota_ids, now=now)
    return {"applications": len(application_ids), "postings": len(quota_ids)}
