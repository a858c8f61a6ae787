"""The lists themselves, in a process of its own: `PEOPLE REPEATS`."""
# Nothing of Django may be imported before it is set up.
# ruff: noqa: PLC0415

import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import django

PAGE = 25
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
# Two applications a person: one that is over and one that is under way; two wishes each.
_FILL = """
SET session_replication_role = replica;
INSERT INTO accounts_user (id, public_id, email, password, display_name, language, time_zone,
                           is_active)
    SELECT n, gen_random_uuid(), 'p' || n || '@bench.example', '', '', 'en', 'UTC', true
    FROM generate_series(1000001, 1000000 + {people}) n;
INSERT INTO accounts_rolegrant (user_id, role)
    SELECT n, 'worker' FROM generate_series(1000001, 1000000 + {people}) n;
INSERT INTO people_worker (id, public_id, user_id, given_names, family_name, birth_date,
        occupation_id, experience_years, qualification, phone, facts_frozen, version, shield)
    SELECT n, gen_random_uuid(), n, 'Given', 'Family' || n, '1990-01-01',
           (SELECT min(id) FROM registry_occupation WHERE level = 4), 5, '3', '', true, 1,
           CASE WHEN n % 10 = 0 THEN ARRAY[1, 2, 3, 4, 5, 6, 7, {token}]::bigint[] ELSE '{{}}' END
    FROM generate_series(1000001, 1000000 + {people}) n;
INSERT INTO applications_application (id, public_id, worker_id, status, channel, lodged_on,
        submitted_at, version, shield)
    SELECT 10 * w.id + k, gen_random_uuid(), w.id,
           CASE k WHEN 1 THEN 'unplaced' ELSE 'submitted' END, 'self', '2026-11-01',
           timestamptz '2026-11-01' + (w.id % 100000) * interval '1 second', 1, w.shield
    FROM people_worker w, generate_series(1, 2) k WHERE w.id > 1000000;
INSERT INTO applications_wish (application_id, quota_id, rank, check_status, reasons, note,
        worker_id, state_id, shield, known)
    SELECT a.id, q.id, r.rank, 'waiting', '{{}}', '', a.worker_id, q.state_id, a.shield, true
    FROM applications_application a
    CROSS JOIN generate_series(1, 2) r (rank)
    JOIN (SELECT id, state_id, row_number() OVER (ORDER BY id) - 1 AS number FROM quotas_quota) q
        ON q.number = (a.worker_id + r.rank) % {quotas}
    WHERE a.worker_id > 1000000;
INSERT INTO notices_message (public_id, user_id, address, language, kind, facts, made_at, attempts,
        made_in)
    SELECT gen_random_uuid(), w.user_id, '', 'en', 'application_checked', '{{}}', now(), 0, ''
    FROM people_worker w WHERE w.id > 1000000;
SET session_replication_role = origin;
"""


def main(words: list[str]) -> None:
    """Fill the database, read each list both ways and print one line of JSON."""
    people, repeats = map(int, words)
    django.setup()
    from clearinghouse.access.checks import SYSTEM
    from clearinghouse.access.context import acting_for_process

    with acting_for_process(SYSTEM):
        print(json.dumps(measure(people, repeats)))


def measure(people: int, repeats: int) -> dict[str, Any]:
    """Return medians in milliseconds by list."""
    actors = _fill(people)
    rows = [
        _compare(name, actors[role], login, ask, repeats)
        for name, role, login, ask in [*_lists_of_officials(), *_lists_of_people()]
    ]
    return {
        "people": people,
        "applications": _ask("SELECT count(*) FROM applications_application"),
        "wishes": _ask("SELECT count(*) FROM applications_wish"),
        "repeats": repeats,
        "lists": rows,
    }


Lists = list[tuple[str, str, str, Callable[[Any], Any]]]


def _lists_of_officials() -> Lists:
    from clearinghouse.applications import queries as applications
    from clearinghouse.offers import queries as offers
    from clearinghouse.quotas import queries as quotas

    page = slice(PAGE)
    return [
        (
            "files to check",
            "caseworker",
            "web",
            lambda a: list(applications.list_to_check(a)[page]),
        ),
        (
            "files that wait",
            "caseworker",
            "web",
            lambda a: list(applications.list_to_check(a, check_status="waiting")[page]),
        ),
        ("how many wait", "caseworker", "web", applications.count_to_check),
        (
            "files by occupation",
            "caseworker",
            "web",
            lambda a: list(applications.list_to_check(a, search="7")[page]),
        ),
        (
            "offers of a state",
            "caseworker",
            "web",
            lambda a: list(offers.list_state_results(a)[page]),
        ),
        ("quotas of a state", "officer", "web", lambda a: list(quotas.list_state_quotas(a)[page])),
        ("nominations", "origin", "web", lambda a: list(applications.list_nominations(a)[page])),
    ]


def _lists_of_people() -> Lists:
    from accounts import queries as accounts
    from clearinghouse.applications import queries as applications
    from clearinghouse.notices import queries as notices
    from clearinghouse.offers import queries as offers
    from clearinghouse.people import queries as people

    page = slice(PAGE)
    return [
        (
            "own applications",
            "worker",
            "web",
            lambda a: list(applications.list_own(people.find_worker(a))),
        ),
        ("own nominations", "worker", "web", lambda a: list(applications.nominations_for(a))),
        ("own offers", "worker", "matcher", lambda a: list(offers.list_mine(a))),
        ("own messages", "worker", "web", lambda a: list(notices.list_messages(a)[page])),
        ("people of a helper", "helper", "web", lambda a: list(people.list_helped(a, NOW)[page])),
        ("officials", "administrator", "web", lambda _a: list(accounts.list_users()[page])),
    ]


def _compare(
    name: str, actor: Any, login: str, ask: Callable[[Any], Any], repeats: int
) -> dict[str, Any]:
    from django.db import connection, transaction
    from django.test.utils import CaptureQueriesContext

    from clearinghouse.access.context import inside
    from clearinghouse.access.logins import Login, use_login
    from clearinghouse.web.transactions import context_of

    runtime = Login(f"mvch_{login}")
    context = context_of(actor, runtime)

    def once() -> float:
        began = time.perf_counter()
        with transaction.atomic():
            ask(actor)
        return (time.perf_counter() - began) * 1000

    def count() -> int:
        with transaction.atomic(), CaptureQueriesContext(connection) as captured:
            ask(actor)
        return len(captured)

    found: dict[str, list[float]] = {"without": [], "with": []}
    with inside(context):
        queries_without = count()
    with use_login(runtime), inside(context):
        queries = count()
    for turn in range(repeats + 1):
        with inside(context):
            without = once()
        with use_login(runtime), inside(context):
            guarded = once()
        if turn:  # the first one warms up
            found["without"].append(without)
            found["with"].append(guarded)
    median = {key: statistics.median(values) for key, values in found.items()}
    return {
        "list": name,
        "login": login,
        **median,
        "ratio": median["with"] / median["without"],
        "longest": max(found["with"]),
        "queries": queries,
        "queries_without": queries_without,
    }


def _fill(people: int) -> dict[str, Any]:
    from django.core.management import call_command
    from django.db import connection

    from accounts.models import User
    from clearinghouse.access.tokens import state_token

    call_command("migrate", verbosity=0)
    call_command("load_reference", verbosity=0)
    call_command("seed_demo", verbosity=0)
    quotas = _ask("SELECT count(*) FROM quotas_quota")
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(_FILL.format(people=people, token=state_token("DE"), quotas=quotas))
        cursor.execute("ANALYZE")
    return {
        "worker": User.objects.get(pk=1_000_001),
        "caseworker": _official("caseworker"),
        "officer": _official("quota_officer"),
        "origin": _official("origin_officer"),
        "helper": _official("helper"),
        "administrator": _official("administrator"),
    }


def _official(role: str) -> Any:
    from accounts.models import User

    return User.objects.filter(role_grants__role=role).order_by("pk").first()


def _ask(statement: str) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        found: int = cursor.fetchone()[0]
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
