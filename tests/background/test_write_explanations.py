"""The archive of signed explanations on the operator's machine."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from clearinghouse.matching import queries
from clearinghouse.matching.models import SealedEntry
from clearinghouse.shared.signing import SignatureRefusedError
from tests.factories.matching import lead, make_world

pytestmark = pytest.mark.django_db


def _write(number: int, folder: Path) -> str:
    out = StringIO()
    call_command("write_explanations", str(number), "--out", str(folder), stdout=out)
    return out.getvalue()


def test_writes_and_checks_everybody(tmp_path: Path) -> None:
    world = make_world([(0, 1), (0,), (1,)])
    folder = tmp_path / "archive" / "round"
    assert "3 explanations of round" in _write(world.number, folder)
    names = set(SealedEntry.objects.values_list("candidate", flat=True))
    assert {path.name for path in folder.iterdir()} == {f"{name}.jws" for name in names}
    for path in folder.iterdir():
        document = queries.check_explanation(path.read_text(encoding="ascii")).document
        assert document["candidate"] == path.stem
        assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_writes_nothing_over_other_files(tmp_path: Path) -> None:
    world = make_world([(0,)])
    (tmp_path / "mine").touch()
    with pytest.raises(CommandError, match="not empty"):
        _write(world.number, tmp_path)


def test_writes_nothing_before_the_release(tmp_path: Path) -> None:
    world = make_world([(0,)], status="certified")
    with pytest.raises(CommandError, match="no such round"):
        _write(world.number, tmp_path / "one")
    with pytest.raises(CommandError, match="no such round"):
        _write(99, tmp_path / "two")
    lead(world, "released")
    assert "1 explanations" in _write(world.number, tmp_path / "three")


def test_stops_at_a_signature_that_does_not_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world([(0,)])

    def refuse(_token: str) -> None:
        raise SignatureRefusedError("invalid")

    monkeypatch.setattr(queries, "check_explanation", refuse)
    with pytest.raises(CommandError, match="does not hold: invalid"):
        _write(world.number, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
