"""The draw: commitments, reveals and the seed (matching page, section 4)."""

import hashlib
import hmac
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from clearinghouse import engine
from clearinghouse.access.checks import Actor
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.matching import guards, permissions, queries
from clearinghouse.matching.enums import OPERATOR_PARTY, Status
from clearinghouse.matching.lifecycle import LIFECYCLE
from clearinghouse.matching.models import Round, SeedSecret
from clearinghouse.matching.services.steps import move
from clearinghouse.shared.database import refusals
from clearinghouse.shared.errors import Conflict
from clearinghouse.shared.failpoints import pass_failpoint


def operator_secret(round_: Round) -> bytes:
    """Return the operator's secret of a round: 32 bytes that are nowhere in the database.

    They are derived from the secret key, so that the draw can reveal them by itself. If the key
    was changed meanwhile they no longer fit the commitment and count as not revealed.
    """
    text = f"round-secret{round_.number}"
    return hmac.digest(settings.SECRET_KEY.encode(), text.encode(), "sha256")


def commitment_of(secret: bytes) -> str:
    """Return what a party commits to: the SHA-256 of the secret, in hexadecimal."""
    return hashlib.sha256(secret).hexdigest()


@transaction.atomic
def commit_secret(
    *, by: User, number: int, commitment: str, now: datetime, party: str = ""
) -> SeedSecret:
    """Commit a party to a secret for the draw, before the round is sealed.

    `commitment` is the SHA-256 of the secret's bytes, in 64 hexadecimal digits. The party is the
    actor's own state or body; the same commitment sent twice is one.
    """
    round_ = queries.lock_round(number)
    own = permissions.check_can_commit(by, round_, party)
    text = guards.check_commitment_possible(round_, commitment)
    existing = queries.list_secrets(round_).filter(party=own, commitment=text, user=by).first()
    if existing is not None:
        return existing
    taken = Conflict(_("Your party has committed to a secret already."), code="committed")
    with refusals({"matching_secret_once": taken}), transaction.atomic():
        row = SeedSecret.objects.create(
            round=round_, party=own, user=by, commitment=text, committed_at=now
        )
    facts = {"party": own, "commitment": text}
    trail.record(Verb.SECRET_COMMITTED, by=by, on=round_, facts=facts)
    return row


@transaction.atomic
def reveal_secret(
    *, by: User, number: int, secret: str, now: datetime, party: str = ""
) -> SeedSecret:
    """Reveal a party's secret, in hexadecimal, after sealing and before the draw."""
    round_ = queries.lock_round(number)
    own = permissions.check_can_commit(by, round_, party)
    row = queries.lock_secret(round_, own)
    text = guards.check_reveal_possible(round_, row, secret)
    guards.check_revealed_once(row)
    _reveal(row, text, now)
    trail.record(Verb.SECRET_REVEALED, by=by, on=round_, facts={"party": own})
    return row


@transaction.atomic
def draw_seed(*, by: Actor, number: int, now: datetime) -> Round:
    """Draw the seed of a sealed round from its input digest and the revealed secrets.

    The operator's secret is revealed here. Who has not revealed when the time is over is left out
    and named.
    """
    round_ = queries.lock_round(number)
    permissions.check_can_operate(by, round_)
    LIFECYCLE.check(round_.status, Status.DRAWN)
    others = [party for party in queries.list_unrevealed(round_) if party != OPERATOR_PARTY]
    minutes = queries.promised(round_, "reveal_minutes", settings.REVEAL_MINUTES)
    guards.check_draw_possible(
        round_,
        waiting_for=others,
        reveal_period=timedelta(minutes=minutes),
        now=now,
    )
    _reveal_own(round_, now)
    revealed = [row.secret for row in queries.list_secrets(round_) if row.secret]
    guards.check_secrets_enough(len(revealed))
    seed = engine.draw_seed(round_.input_digest, [bytes.fromhex(text) for text in revealed])
    move(round_, Status.DRAWN, seed=seed, drawn_at=now)
    facts = {"seed": seed, "revealed": len(revealed), "left_out": queries.list_unrevealed(round_)}
    trail.record(Verb.ROUND_DRAWN, by=by, on=round_, facts=facts)
    pass_failpoint("drawing")
    return round_


def _reveal_own(round_: Round, now: datetime) -> None:
    row = queries.lock_secret(round_, OPERATOR_PARTY)
    secret = operator_secret(round_)
    if commitment_of(secret) == row.commitment:
        _reveal(row, secret.hex(), now)


def _reveal(row: SeedSecret, text: str, now: datetime) -> None:
    row.secret, row.revealed_at = text, now
    row.save(update_fields=["secret", "revealed_at"])
