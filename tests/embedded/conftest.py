"""Folders and processes for tests of real servers; none of them needs Django."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from clearinghouse.embedded.environment import child_environment


@pytest.fixture
def open_folder():
    """Give a folder that the servers' account reaches; pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="clearing house test "))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def child_env():
    """Give a child its way to our packages and no servers."""
    env = child_environment({})
    for name in ("DATABASE_URL", "REDIS_URL"):
        env.pop(name, None)
    return env


@pytest.fixture
def needs_root():
    """Skip visibly what only root can try."""
    if os.geteuid() != 0:
        pytest.skip("only root can start servers as another account: NOT tested in this run")
