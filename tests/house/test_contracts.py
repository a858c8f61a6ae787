"""Arrows point down: the import contracts of pyproject.toml hold."""

import subprocess
import sys
from pathlib import Path

from tests.house.sources import ROOT


def test_keeps_every_import_contract():
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]
