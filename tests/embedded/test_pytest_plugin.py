"""The plugin that gives tests their servers, in a pytest of its own."""

import subprocess
import sys

import pytest

SHOWS_ADDRESSES = """
import os

def test_has_both_addresses():
    assert os.environ["DATABASE_URL"] and os.environ["REDIS_URL"] and os.environ["SECRET_KEY"]
"""


@pytest.fixture
def run_pytest(tmp_path, child_env):
    """Run pytest with the plugin and without the project's own settings."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_it.py").write_text(SHOWS_ADDRESSES)
    command = [sys.executable, "-m", "pytest", "-p", "clearinghouse.embedded.pytest_plugin"]
    child_env.pop("DJANGO_SETTINGS_MODULE", None)
    child_env.pop("SECRET_KEY", None)

    def run(*words, **env):
        return subprocess.run(
            [*command, "-p", "xdist", *words],
            cwd=tmp_path,
            # The other plugins are not what is tested, and slow to import in four processes.
            env=child_env | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | env,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_starts_a_throw_away_pair_for_all_workers(run_pytest):
    result = run_pytest("-n", "2")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "database and queue: throw-away PostgreSQL 18." in result.stdout


def test_starts_nothing_when_servers_are_named(run_pytest):
    result = run_pytest(DATABASE_URL="postgresql://x@/x", REDIS_URL="redis://x")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "DATABASE_URL and REDIS_URL of the environment" in result.stdout


def test_refuses_half_of_the_servers(run_pytest):
    result = run_pytest(REDIS_URL="redis://x")
    assert result.returncode != 0
    assert "REDIS_URL is set and DATABASE_URL is not" in result.stdout + result.stderr
