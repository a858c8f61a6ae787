"""The world before a history begins: a hostile state, three others, people, postings, rounds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from accounts.models import User
from clearinghouse.applications import services as applications
from clearinghouse.applications.models import Application
from clearinghouse.matching import services as matching
from clearinghouse.matching.models import Round
from clearinghouse.notices import services as notices
from clearinghouse.offers.services import release_round
from clearinghouse.quotas.models import Quota
from tests.factories.accounts import make_user
from tests.factories.applications import check, make_nomination_data
from tests.factories.matching import execute
from tests.factories.people import make_paper_person, make_worker
from tests.factories.quotas import make_quota

HOSTILE = "KE"
"""The state that the person is shielded from."""

BEGIN = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
CLOSES = BEGIN + timedelta(days=10)

ACCOUNTS: Mapping[str, tuple[str | None, tuple[str, ...]]] = {
    "quota_officer": (HOSTILE, ("quota_officer",)),
    "approver": (HOSTILE, ("approver",)),
    "caseworker": (HOSTILE, ("caseworker",)),
    "origin_officer": (HOSTILE, ("origin_officer",)),
    "employer": (HOSTILE, ("employer",)),
    "helper": (None, ("helper",)),
    "worker": (None, ("worker",)),
    "anonymous": (None, ()),
}
"""Everybody who looks for the person: name, state of the office, roles.

`employer` is registered there; the house has one role for employers and agents ("Employer or
recruiter"). `helper` works for people of that state, `worker` is a loyal citizen of it.
"""

_OFFICES = {
    "de_officer": ("DE", ("quota_officer",)),
    "de_approver": ("DE", ("approver",)),
    "de_caseworker": ("DE", ("caseworker",)),
    "ca_caseworker": ("CA", ("caseworker",)),
    "refuge": (None, ("protection_officer",)),
    "operator": (None, ("operator",)),
    "certifier1": (None, ("certifier",)),
    "certifier2": (None, ("certifier",)),
    "friend": (None, ("helper",)),
}
_FACTS: Mapping[str, dict[str, Any]] = {
    "W1": {"nationality": "KE", "experience_years": 14},
    "W2": {"nationality": "KE", "experience_years": 11},
    "W3": {"nationality": "NG", "experience_years": 9},
    "W4": {"nationality": "", "stateless": True, "former_residence": "KE", "experience_years": 7},
    "W5": {"nationality": "KE", "experience_years": 5},
    "worker": {"nationality": "KE", "experience_years": 3},
}


@dataclass
class Cast:
    """Who and what is there, by short names."""

    users: dict[str, User] = field(default_factory=dict)
    quotas: dict[str, Quota] = field(default_factory=dict)
    past: int = 0
    open: int = 0


def assemble() -> Cast:
    """Make the world: a round long released, a round that takes applications, and everybody."""
    cast = Cast()
    for name, (state, roles) in {**ACCOUNTS, **_OFFICES}.items():
        if roles:
            cast.users[name] = make_user(*roles, state=state, email=f"{name}@world.example")
    for number, (name, facts) in enumerate(_FACTS.items()):
        user = cast.users.get(name) or make_user("worker", email=f"{name.lower()}@world.example")
        cast.users[name] = user
        family = {"given_names": f"Amina {name}", "birth_date": date(1980 + number, 5, 17)}
        make_worker(user, **family, **facts)
    make_paper_person(cast.users["helper"], given_names="Paper", family_name="Person")
    _past_round(cast)
    _open_round(cast)
    _applications(cast)
    notices.deliver_outbox(now=BEGIN, limit=1000)
    return cast


def apply(
    cast: Cast, name: str, *wishes: str, submit: bool = True, now: datetime = BEGIN
) -> Application:
    """Let a worker apply for postings, dearest first."""
    by = cast.users[name]
    ticket = applications.start(by=by, now=now)
    for wish in wishes:
        applications.add_wish(
            by=by,
            application_id=ticket.public_id,
            quota_id=cast.quotas[wish].public_id,
            now=now,
        )
    if submit:
        applications.submit(by=by, application_id=ticket.public_id, now=now)
    return ticket


def _past_round(cast: Cast) -> None:
    opened, closes = BEGIN - timedelta(days=40), BEGIN - timedelta(days=30)
    _post(cast, "ke_past", places=2, share=0, now=opened)
    _post(cast, "de_past", places=2, share=50, now=opened)
    round_ = _plan(cast, ("ke_past", "de_past"), opened, closes)
    for name, wishes in (("W1", ("ke_past", "de_past")), ("W3", ("de_past",))):
        ticket = apply(cast, name, *wishes, now=opened)
        for wish in wishes:
            quota = cast.quotas[wish]
            officer = cast.users["caseworker" if quota.state.iso2 == HOSTILE else "de_caseworker"]
            check(ticket.public_id, quota, by=officer, now=opened)
    lead(cast, round_.number, closes)
    cast.past = round_.number


def _open_round(cast: Cast) -> None:
    for name, places, share in (("ke_open", 3, 0), ("de_open", 3, 40), ("de_solo", 4, 50)):
        _post(cast, name, places=places, share=share, now=BEGIN)
    round_ = _plan(cast, ("ke_open", "de_open", "de_solo"), BEGIN, CLOSES)
    cast.open = round_.number
    cast.quotas["ca_open"] = make_quota("CA", "open", now=BEGIN, title="Welders, Toronto")
    cast.quotas["ke_draft"] = make_quota(
        "KE", "draft", now=BEGIN, author=cast.users["quota_officer"], title="Welders, draft"
    )
    cast.quotas["de_draft"] = make_quota(
        "DE", "draft", now=BEGIN, author=cast.users["de_officer"], title="Welders, plan"
    )


def _applications(cast: Cast) -> None:
    ticket = apply(cast, "W1", "ke_open", "de_open")
    quotas = cast.quotas
    check(ticket.public_id, quotas["ke_open"], by=cast.users["caseworker"], now=BEGIN)
    check(ticket.public_id, quotas["de_open"], by=cast.users["de_caseworker"], now=BEGIN)
    apply(cast, "W2", "ke_open", "ca_open")
    ticket = apply(cast, "W3", "de_open")
    check(ticket.public_id, quotas["de_open"], by=cast.users["de_caseworker"], now=BEGIN)
    for name in ("W2", "W5"):
        data = make_nomination_data(email=cast.users[name].email, reference=f"KE-{name}")
        applications.nominate(by=cast.users["origin_officer"], data=data, now=BEGIN)


def _post(cast: Cast, name: str, *, places: int, share: int, now: datetime) -> None:
    state = name[:2].upper()
    author, approver = (
        ("quota_officer", "approver") if state == HOSTILE else ("de_officer", "de_approver")
    )
    cast.quotas[name] = make_quota(
        state,
        "published",
        places,
        share,
        now=now,
        author=cast.users[author],
        approver=cast.users[approver],
        title=f"Welders, {name.replace('_', ' ')}",
    )


def _plan(cast: Cast, names: tuple[str, ...], opens: datetime, closes: datetime) -> Round:
    by = cast.users["operator"]
    round_ = matching.plan_round(
        by=by,
        quota_ids=[cast.quotas[name].public_id for name in names],
        opens_at=opens,
        closes_at=closes,
        now=opens,
    )
    matching.open_round(by=by, number=round_.number, now=opens)
    for name in names:
        cast.quotas[name].refresh_from_db()
    return round_


def lead(cast: Cast, number: int, closes: datetime, *, until: str = "released") -> None:
    """Lead an open round on: sealed, drawn, run, certified, released."""
    by, hour = cast.users["operator"], timedelta(hours=1)
    steps = {
        "sealed": lambda: matching.seal_round(by=by, number=number, now=closes + hour),
        "drawn": lambda: matching.draw_seed(by=by, number=number, now=closes + 3 * hour),
        "verified": lambda: run(cast, number, closes + 4 * hour),
        "certified": lambda: certify(cast, number, closes + 5 * hour),
        "released": lambda: release_round(by=by, number=number, now=closes + 6 * hour),
    }
    for name, step in steps.items():
        step()
        if name == until:
            return


def run(cast: Cast, number: int, now: datetime) -> None:
    """Run a round as operator and background worker do."""
    asked = matching.request_run(by=cast.users["operator"], number=number, now=now)
    execute(asked, now=now)


def certify(cast: Cast, number: int, now: datetime) -> None:
    """Let both certifiers certify a round."""
    for name in ("certifier1", "certifier2"):
        matching.certify(by=cast.users[name], number=number, now=now)
