"""How long proofs tell what they are doing, and leave a line for the table of the night."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

Tell = Callable[..., None]
EVERY = 30.0
"""Seconds between two lines of progress."""


@pytest.fixture
def progress(capfd: pytest.CaptureFixture[str]) -> Tell:
    """Give what says how far a proof is, at night only: `progress(done, of, what)`."""
    began = told = time.perf_counter()

    def tell(done: int, of: int, what: str) -> None:
        nonlocal told
        now = time.perf_counter()
        if "NIGHTLY" not in os.environ or (now - told < EVERY and done < of):
            return
        told, left = now, (now - began) / max(done, 1) * (of - done)
        with capfd.disabled():
            print(f"   {done:,} of {of:,} {what}, about {left / 60:.0f} min left", flush=True)  # noqa: T201

    return tell


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Give what adds a line to the table of the night: `note(size, result)`; needs PROOF_REPORT."""
    began = time.perf_counter()

    def write(size: str, result: str) -> None:
        if report := os.environ.get("PROOF_REPORT"):
            line = {
                "proof": request.node.name,
                "size": size,
                "result": result,
                "seconds": round(time.perf_counter() - began),
            }
            with Path(report).open("a") as file:
                file.write(json.dumps(line) + "\n")

    return write
