"""What people do in a history: one function an act, through the services or the doors.

An act that is refused is part of life: `Stage.do` keeps the refusal. Acts of hostile accounts go
through the doors, so that every receipt is compared byte for byte.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from accounts import services as accounts
from accounts.models import RoleGrant, User
from clearinghouse.applications import services as applications
from clearinghouse.applications.models import Application, Nomination
from clearinghouse.exports import queries as exports
from clearinghouse.exports.enums import Kind
from clearinghouse.exports.models import Export
from clearinghouse.exports.services import sweep as make_exports
from clearinghouse.exports.sources import Selection
from clearinghouse.matching import services as matching
from clearinghouse.notices import services as notices
from clearinghouse.offers import services as offers
from clearinghouse.offers.models import Offer
from clearinghouse.people import services as people
from clearinghouse.people.models import Worker
from clearinghouse.protection import services as protection
from clearinghouse.protection.models import Request
from clearinghouse.quotas import services as quotas
from clearinghouse.quotas.models import Quota
from clearinghouse.shared.errors import DomainError
from clearinghouse.shielding import services as shielding
from tests.factories.people import make_data, verify_email
from tests.factories.quotas import make_draft
from tests.worlds import cast as world
from tests.worlds.cast import CLOSES, Cast
from tests.worlds.chance import Chance, Watch
from tests.worlds.doors import Answer, Call, Doors

MAIL_OF_P = "person.p@world.example"


@dataclass(frozen=True)
class Act:
    """One thing that happens: a verb with its words. `at` lets time jump to a moment."""

    verb: str
    words: tuple[Any, ...] = ()
    at: datetime | None = None

    def __str__(self) -> str:
        return f"{self.verb}{self.words}"


@dataclass
class Stage:
    """One world under way: who is there, what the hostile accounts have seen."""

    cast: Cast
    chance: Chance
    watch: Watch
    doors: Doors
    seen: list[Answer] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        """Return the moment."""
        return self.watch.moment

    def do(self, act: Act, *words: object) -> None:
        """Let an act happen, with the chance that these words name."""
        if act.verb == "ask":
            self.seen.append(self.doors.ask(act.words[0], *words))
            return
        try:
            with self.chance.named(*words), transaction.atomic():
                VERBS[act.verb](self, *act.words)
        except DomainError as error:
            self.refusals.append(f"{act}: {error.code}")

    def pass_time(self, act: Act, minutes: int) -> None:
        """Let time go on, or jump to the moment of the act."""
        later = self.watch.moment + timedelta(minutes=minutes)
        self.watch.moment = max(later, act.at) if act.at else later


def _register(stage: Stage, nationality: str, residence: str) -> None:
    user = accounts.register_user(email=MAIL_OF_P, display_name="Person P")
    RoleGrant.objects.create(user=user, role="worker")
    verify_email(user)
    stage.cast.users["P"] = user
    data = make_data(
        given_names="Panyako",
        family_name="Quillfeather",
        birth_date=date(1971, 3, 9),
        nationality=nationality,
        stateless=not nationality,
        former_residence=residence,
        experience_years=17,
        phone="+49 30 5550199",
    )
    people.save_profile(by=user, data=data, now=stage.now)


def _apply(stage: Stage, name: str, *wishes: str) -> None:
    world.apply(stage.cast, name, *wishes, now=stage.now)


def _draft(stage: Stage, name: str, *wishes: str) -> None:
    world.apply(stage.cast, name, *wishes, submit=False, now=stage.now)


def _add_wish(stage: Stage, name: str, wish: str) -> None:
    quota = stage.cast.quotas[wish]
    applications.wish(by=stage.cast.users[name], quota_id=quota.public_id, now=stage.now)


def _withdraw(stage: Stage, name: str) -> None:
    ticket = _ticket(stage, name)
    applications.withdraw(by=stage.cast.users[name], application_id=ticket.public_id, now=stage.now)


def _check(stage: Stage, name: str, wish: str, eligible: bool) -> None:
    quota = stage.cast.quotas[wish]
    officer = {"KE": "caseworker", "DE": "de_caseworker", "CA": "ca_caseworker"}[quota.state.iso2]
    applications.check_wish(
        by=stage.cast.users[officer],
        application_id=_ticket(stage, name).public_id,
        quota_id=quota.public_id,
        eligible=eligible,
        reasons=[] if eligible else ["evidence"],
        now=stage.now,
    )


def _confirm(stage: Stage, name: str) -> None:
    for row in _waiting(stage, name):
        applications.confirm_nomination(
            by=stage.cast.users[name], nomination_id=row.public_id, now=stage.now
        )


def _decline(stage: Stage, name: str) -> None:
    for row in _waiting(stage, name):
        applications.decline_nomination(
            by=stage.cast.users[name], nomination_id=row.public_id, now=stage.now
        )


def _ask_protection(stage: Stage, name: str) -> None:
    shielding.request_check(
        by=stage.cast.users[name], statement="They look for me at home.", now=stage.now
    )


def _raise_shield(stage: Stage, name: str, keep: bool = False) -> None:
    hide(stage.cast.users[name], [world.HOSTILE], now=stage.now, keep=keep)


def hide(by: User, states: list[str], *, now: datetime, keep: bool) -> None:
    """Hide a person; `keep` leaves the wishes for these states on the list.

    As in a list that is sealed already: then the scopes of the readers stand alone.
    """
    with pytest.MonkeyPatch.context() as patch:
        if keep:
            patch.setattr(shielding, "_leave", lambda *_: None)
        shielding.hide(by=by, states=states, now=now)


def _determine(stage: Stage, name: str, outcome: str) -> None:
    request = Request.objects.filter(worker=_worker(stage, name), status="waiting").first()
    protection.determine(
        by=stage.cast.users["refuge"],
        request_id=request.public_id if request else None,
        worker_id=_worker(stage, name).public_id,
        outcome=outcome,
        effective_on=stage.now.date(),
        reasons="The documents show it.",
        now=stage.now,
    )


def _change_profile(stage: Stage, name: str) -> None:
    worker = _worker(stage, name)
    data = make_data(
        given_names=f"{worker.given_names} again",
        family_name=worker.family_name,
        birth_date=worker.birth_date,
        nationality=worker.nationality.iso2 if worker.nationality else "",
        stateless=worker.nationality is None,
        former_residence=worker.former_residence.iso2 if worker.former_residence else "",
        experience_years=worker.experience_years,
        version=worker.version,
    )
    people.save_profile(by=stage.cast.users[name], data=data, now=stage.now)


def _post(stage: Stage, officer: str, title: str) -> None:
    quota = quotas.draft_quota(
        by=stage.cast.users[officer], data=make_draft(title=title, places=3), now=stage.now
    )
    stage.cast.quotas[title] = quota


def _move_quota(stage: Stage, actor: str, title: str, move: str) -> None:
    quota = stage.cast.quotas.get(title)
    if quota is None:
        return
    verb: Callable[..., Quota] = {
        "submit": quotas.submit_quota,
        "approve": quotas.approve_quota,
        "publish": quotas.publish_quota,
    }[move]
    verb(by=stage.cast.users[actor], quota_id=quota.public_id, now=stage.now)


def _round(stage: Stage, step: str) -> None:
    by, number = stage.cast.users["operator"], stage.cast.open
    steps: dict[str, Callable[[], object]] = {
        "seal": lambda: matching.seal_round(by=by, number=number, now=stage.now),
        "draw": lambda: matching.draw_seed(by=by, number=number, now=stage.now),
        "run": lambda: world.run(stage.cast, number, stage.now),
        "certify": lambda: world.certify(stage.cast, number, stage.now),
        "release": lambda: offers.release_round(by=by, number=number, now=stage.now),
        "lapse": lambda: offers.lapse_due(now=stage.now),
        "refill": lambda: offers.refill(number=number, now=stage.now),
    }
    steps[step]()


def _answer(stage: Stage, name: str, word: str) -> None:
    offer = Offer.objects.filter(worker=_worker(stage, name), status="offered").first()
    if offer is not None:
        verb = offers.accept if word == "accept" else offers.decline
        verb(by=stage.cast.users[name], offer_id=offer.public_id, now=stage.now)


def _sweep(stage: Stage) -> None:
    shielding.sweep(now=stage.now)


def _export(stage: Stage, account: str) -> None:
    """Let an official take the whole list of the own state as a file, through the doors."""
    by = stage.cast.users[account]
    found = exports.preview(by, Kind.NOMINATIONS, Selection("", ""), now=stage.now)
    words = {"reason": "Our own list.", "shown": str(found.lines)}
    asked = Call(account, "/state/exports/new/", "POST", words)
    stage.seen.append(stage.doors.ask(asked, "export", stage.now))
    make_exports(now=stage.now)
    export = Export.objects.filter(asked_by=by).order_by("pk").last()
    path = f"/state/exports/{export.public_id if export else 'none'}/file/"
    stage.seen.append(stage.doors.ask(Call(account, path), "file", stage.now))


def _mail(stage: Stage) -> None:
    notices.deliver_outbox(now=stage.now)


VERBS: dict[str, Callable[..., None]] = {
    "register": _register,
    "apply": _apply,
    "draft": _draft,
    "add wish": _add_wish,
    "withdraw": _withdraw,
    "check": _check,
    "confirm": _confirm,
    "decline": _decline,
    "ask protection": _ask_protection,
    "raise shield": _raise_shield,
    "determine": _determine,
    "change profile": _change_profile,
    "post": _post,
    "move quota": _move_quota,
    "round": _round,
    "answer": _answer,
    "sweep": _sweep,
    "export": _export,
    "mail": _mail,
}

AFTER_SEAL = CLOSES + timedelta(hours=1)


def ask(account: str, path: str, method: str = "GET", data: Any = None, kind: str = "") -> Act:
    """Return the act of a hostile account at a door."""
    return Act("ask", (Call(account, path, method, data, kind),))


def _worker(stage: Stage, name: str) -> Worker:
    return Worker.objects.get(user=stage.cast.users[name])


def _ticket(stage: Stage, name: str) -> Application:
    """Return the newest application; a person without one has the ticket of nobody."""
    found = Application.objects.filter(worker__user=stage.cast.users[name]).last()
    return found or Application()


def _waiting(stage: Stage, name: str) -> list[Nomination]:
    user = stage.cast.users[name]
    rows = Nomination.objects.filter(
        email=user.email, status="awaiting_worker", declined_at__isnull=True
    )
    return list(rows.order_by("pk"))
