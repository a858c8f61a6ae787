"""`run.py demo --once`: the main job through a real, separate worker, on one command."""

import json
import os
import subprocess
import sys

import pytest

from tests.house.sources import ROOT

KEYS = {
    "states", "quotas", "places", "reserved_places", "applications", "nominations",
    "protected_candidates", "placed", "protected_placed", "reserve_filled", "reserve_reverted",
    "offers", "verified", "market_digest", "plan_digest", "task_ran_in_pid", "seconds",
}  # fmt: skip


@pytest.mark.slow
def test_does_the_main_job_once():
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "HASHED_STATIC"}
    }
    done = subprocess.Popen(
        [sys.executable, ROOT / "run.py", "demo", "--once"],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    output, progress = done.communicate(timeout=500)
    assert done.returncode == 0, progress[-3000:]
    assert len(output.splitlines()) == 1
    found = json.loads(output)
    assert set(found) == KEYS
    assert found["verified"] is True
    assert found["offers"] == found["placed"] > 1000
    assert 0 < found["reserve_filled"] <= found["protected_placed"] <= found["protected_candidates"]
    assert found["task_ran_in_pid"] not in {done.pid, os.getpid()}
