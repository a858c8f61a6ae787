"""Commands for operators."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from clearinghouse.matching import services
from clearinghouse.matching.models import Run
from tests.factories.matching import RAN, forge_found, make_world

pytestmark = pytest.mark.django_db
LINE = r" *\d+ % \w+: \d+ of \d+ ballots read, \d+ placed(, about \d+ s left)?"


def run(name: str, *words: str) -> str:
    out = StringIO()
    call_command(name, *words, stdout=out)
    return out.getvalue()


def test_run_round_does_the_waiting_run() -> None:
    world = make_world([(0,), (0,)], status="drawn")
    with pytest.raises(CommandError, match="asked for"):
        run("run_round", str(world.number))
    services.request_run(by=world.operator, number=world.number, now=RAN)
    text = run("run_round", str(world.number))
    assert text == f"1 placed, plan {world.reload().plan_digest}\n"
    with pytest.raises(CommandError, match="ended already"):
        run("run_round", str(world.number))


def test_run_round_cancels() -> None:
    world = make_world([(0,), (0,)], status="drawn")
    with pytest.raises(CommandError, match="no run that could be cancelled"):
        run("run_round", str(world.number), "--cancel")
    services.request_run(by=world.operator, number=world.number, now=RAN)
    assert run("run_round", str(world.number), "--cancel") == "cancelled\n"
    assert Run.objects.get().status == "cancelled"
    with pytest.raises(CommandError, match="ended already"):
        run("run_round", str(world.number))


@pytest.mark.django_db(transaction=True)
def test_run_round_watched_says_how_far_it_is() -> None:
    world = make_world([(0,), (0,)], status="drawn")
    services.request_run(by=world.operator, number=world.number, now=RAN)
    *lines, last = run("run_round", str(world.number), "--watch").splitlines()
    assert last == f"1 placed, plan {world.reload().plan_digest}"
    assert all(re.fullmatch(LINE, line) for line in lines)
    assert lines


def test_replay_round_compares_digests() -> None:
    world = make_world([(0,), (0,)], status="verified")
    text = run("replay_round", str(world.number))
    assert text == f"generation 0: agrees, plan {world.round.plan_digest}\n"
    forge_found(plan_digest="0" * 64)
    with pytest.raises(CommandError, match="not what the sealed rows give"):
        run("replay_round", str(world.number))


def test_commands_say_when_there_is_nothing() -> None:
    for name in ("run_round", "replay_round"):
        with pytest.raises(CommandError, match="no such round"):
            run(name, "99")
    world = make_world([], status="open")
    with pytest.raises(CommandError, match="no finished run"):
        run("replay_round", str(world.number))
