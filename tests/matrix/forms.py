"""Every form of the web: the names that its page may read, and an answer that it takes.

A row here for each address that writes. Who adds an address adds a row, and with it the list of
names that count; whatever else is sent must change nothing (`test_forms`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from clearinghouse.applications.models import Application
from clearinghouse.people.models import Worker
from clearinghouse.registry.models import Agency
from clearinghouse.registry.queries import officer_of
from tests.matrix.bodies import QUOTA
from tests.matrix.world import MatrixWorld

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Form:
    """The form of one address: an answer, further names that count, who and whose if not the first.

    `body` may be a function of the world; `files` names what comes as a file.
    """

    body: Body | Callable[[MatrixWorld], Body] | None = None
    also: tuple[str, ...] = ()
    relation: str = ""

    def answer(self, world: MatrixWorld) -> dict[str, Any]:
        """Return the answer that the form takes."""
        return dict(self.body(world) if callable(self.body) else self.body or {})

    def names(self, world: MatrixWorld) -> frozenset[str]:
        """List every name that counts."""
        return frozenset({*self.answer(world), *self.also})


_REASON = {"reason": "The wage is not explained."}
_MANDATE = {"signed_on": "2026-11-02", "valid_until": "2027-02-01"}
_STATES = {"states": "SY"}
_DATE = ("birth_date",)
_WHO = {
    "given_names": "Anna",
    "family_name": "Maria",
    "birth_date_day": "17",
    "birth_date_month": "5",
    "birth_date_year": "1994",
    "nationality": "UG",
    "former_residence": "",
    "phone": "",
}
_QUOTA = {
    **QUOTA,
    **dict.fromkeys(("health_cover", "housing", "ethical_recruitment", "no_worker_fees"), "on"),
    "occupation_digits": "2",
    "min_experience_years": "",
    "min_qualification": "4",
    "language": "de",
    "min_language_level": "B1",
    "open_to": ["SY", "UA"],
    "weight_language": "10",
    "weight_priority": "100",
    "priority_occupations": ["2221"],
}
_QUOTA_ALSO = (
    "summary", "by_lot", "figure_kind", "source_places", "source_title", "source_url", "version",
    "weight_qualification",
)  # fmt: skip
_PERSON = {**_WHO, "occupation": "7212", **_MANDATE}
_DECISION = {
    "outcome": "recognised",
    "effective_on": "2026-11-01",
    "review_on": "",
    "reasons": "The documents agree with each other.",
    "confirmed": "1",
}
_WELCOME = {
    "display_name": "Anna Maria",
    "password": "a-long-word-0815-Tree",
    "repeated": "a-long-word-0815-Tree",
}
_SETTINGS = {"display_name": "Anna Maria", "language": "fr", "time_zone": "Europe/Paris"}
_LIST = b"reference,given_names,family_name,birth_date,email,occupation,posting\n"
_NOMINEE = b"KE-4712,Anna,Maria,1990-01-31,anna@example.net,7212,\n"
_ORDER_ALSO = ("up", "down", "remove", "put_back", "place")


def _order(key: str) -> Callable[[MatrixWorld], Body]:
    def body(world: MatrixWorld) -> Body:
        row = Application.objects.filter(worker=world.people[key].worker).latest("pk")
        wishes = [str(wish.quota.public_id) for wish in row.wishes.all()]
        return {"application": str(row.public_id), "version": row.version, "order": wishes}

    return body


def _who(key: str) -> Callable[[MatrixWorld], Body]:
    def body(world: MatrixWorld) -> Body:
        row = Worker.objects.get(pk=world.people[key].worker.pk)
        return {**_WHO, "version": row.version}

    return body


def _document(_world: MatrixWorld) -> Body:
    return {"document": SimpleUploadedFile("a.pdf", b"no pdf"), "label": "My paper"}


def _file(_world: MatrixWorld) -> Body:
    return {"file": SimpleUploadedFile("list.csv", _LIST + _NOMINEE, content_type="text/csv")}


def _agency(world: MatrixWorld, **more: Any) -> Body:
    officer = officer_of(world.users["A3c"])
    assert officer is not None
    return {"agency": str(officer.agency.public_id), "position": "Desk 2", **more}


def _other_agency(world: MatrixWorld) -> Body:
    own = officer_of(world.users["A3c"])
    assert own is not None
    others = Agency.objects.filter(kind=own.agency.kind).exclude(pk=own.agency.pk)
    return {**_agency(world), "agency": str(others.latest("pk").public_id)}


def _quota_ids(world: MatrixWorld) -> Body:
    return {
        "quota_ids": [world.objects["quota_id"]["R4"]],
        "opens_at": "2026-12-20T00:00",
        "closes_at": "2026-12-30T00:00",
    }


NOTHING = Form()
_OF_PERSON: dict[str, Form] = {
    "wish-add": Form(also=("back",)),
    "application-submit": NOTHING,
    "application-withdraw": NOTHING,
    "offer-accept": NOTHING,
    "offer-decline": NOTHING,
    "protection-ask": Form({"statement": "I cannot go back."}),
    "protection-withdraw": NOTHING,
    "document-add": Form(_document),
    "document-remove": NOTHING,
    "shield-hide": Form(_STATES, ("give_up_offer",)),
    "shield-lift": NOTHING,
    "shield-keep": NOTHING,
}
_PROFILE_ALSO = (*_DATE, "version", "more", "back")

FORMS: dict[str, Form] = {
    "set_language": Form({"language": "fr", "next": "/"}),
    "public-check": Form({"signed_text": "a.b.c"}),
    "invitation": Form(_WELCOME),
    "my-messages-read": NOTHING,
    "my-message-read": Form({"open": "1"}, relation="R7"),
    "my-account": Form(_SETTINGS),
    "account-sessions": Form({"others": "1"}, ("session",)),
    "account-tokens": Form({"days": "30"}),
    "account-withdraw-token": Form(relation="R7"),
    **{f"worker-{name}": form for name, form in _OF_PERSON.items()},
    **{f"helper-{name}": form for name, form in _OF_PERSON.items()},
    "worker-profile-step": Form(_who("R7"), _PROFILE_ALSO),
    "helper-profile-step": Form(_who("R7h"), _PROFILE_ALSO),
    "worker-application-order": Form(_order("R7"), _ORDER_ALSO),
    "helper-application-order": Form(_order("R7h"), _ORDER_ALSO),
    "worker-nomination-confirm": Form(relation="R7"),
    "worker-nomination-decline": Form(relation="R7"),
    "helper-person-add": Form(_PERSON, _DATE),
    "helper-mandate-end": NOTHING,
    "helper-mandate-renew": Form(_MANDATE),
    "helper-application-start": Form({"lodged_on": "2026-11-03"}),
    "state-quota-new": Form(_QUOTA, _QUOTA_ALSO),
    "state-quota-edit": Form({**_QUOTA, "version": "1"}, _QUOTA_ALSO, relation="R3"),
    "state-quota-move": Form({"version": "1"}, relation="R3"),
    "state-check-all": Form(lambda world: {"files": [world.objects["application_id"]["R1"]]}),
    "state-check-decide": Form({"accept": "1"}, ("reasons", "note"), relation="R1"),
    "state-export-new": Form({"reason": "To tell them the result.", "shown": "2"}),
    "state-export-move": Form(relation="R3"),
    "state-nominations-nominate": Form(
        {
            "reference": "KE-4711",
            "given_names": "Anna",
            "family_name": "Maria",
            "birth_date": "1990-01-31",
            "email": "anna@example.net",
            "occupation": "7212",
            "posting": "",
        }
    ),
    "state-nominations-upload": Form(_file),
    "state-nomination-withdraw": Form(relation="R3"),
    "protection-request": Form(_DECISION, ("edit",)),
    "protection-person": Form(_DECISION, ("edit",)),
    "protection-shield": Form({"agree": "1"}),
    "protection-referral": Form({"note": "A guardian was found."}),
    "operations-round-plan": Form(_quota_ids, ("states",)),
    "operations-round-certify": NOTHING,
    "operations-round-cancel": NOTHING,
    "operations-round-void": Form(_REASON, relation="R6"),
    "operations-round-commit": Form({"commitment": "ab" * 32}, relation="R6"),
    "operations-round-reveal": Form({"secret": "cd" * 32}),
    "operations-round-discharge": Form(_REASON),
    "operations-round-step": Form(relation="R6"),
    "simulation-new": Form(
        {"on": "all", "share": "30", "order": "", "factor": "", "places": "", "cap": ""},
        ("cap_state",),
    ),
    "simulation-quota": Form(also=("mapped_to",)),
    "simulation-cancel": Form(relation="R1"),
    "admin-add-role": Form(lambda world: _agency(world, role="quota_officer"), relation="R3"),
    "admin-end-role": Form(relation="R3"),
    "admin-move": Form(_other_agency, relation="R3"),
    "admin-account": Form({"wish": "close"}, relation="R3"),
    "admin-invite": Form(
        lambda world: _agency(world, role="caseworker", email="one.more@example.net", language="en")
    ),
    "admin-withdraw-invitation": NOTHING,
    "admin-create-agency": Form({"name": "Bureau", "kind": "destination", "state": "FR"}),
    "account_signup": Form(
        {
            "email": "one.more@example.net",
            "password1": "a-long-word-0815-Tree",
            "password2": "a-long-word-0815-Tree",
        },
        ("next", "phone"),
    ),
}
# Pages of the sign-in library: what they read, where no answer of ours is tried.
LIBRARY = Form(
    also=(
        "next", "login", "password", "remember", "email", "code", "credential", "name",
        "oldpassword", "password1", "password2", "passwordless",
    )
)  # fmt: skip
