"""The engine stands alone: no framework, no database, no clock, no chance of its own."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / "clearinghouse" / "engine"

BLOCKER = """
import sys
BLOCKED = ("django", "rest_framework", "celery", "psycopg", "redis", "numba", "scipy", "accounts")
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in BLOCKED or name.startswith("clearinghouse.shared"):
            raise ImportError(name)
sys.meta_path.insert(0, Blocker())
from clearinghouse import engine
import clearinghouse.engine.cli
market = engine.read_market({
    "format": "mvch-market/1", "seed": "00", "caps": [],
    "postings": [{"id": "X", "state": "A", "quota": 1, "reserve": 0, "order": "open_first"}],
    "candidates": [{"id": "a", "protected": False, "wishes": [{"posting": "X", "points": 1}]}],
})
plan = engine.match(market)
assert engine.verify(market, plan) == []
print(plan.assignments[0].posting)
"""

ALLOWED = {
    "argparse", "collections", "dataclasses", "enum", "hashlib", "heapq", "io", "json", "numba",
    "numpy", "os", "pathlib", "re", "sys", "tempfile", "types", "typing", "zipfile", "zlib",
    "clearinghouse",
}  # fmt: skip


def test_works_with_every_framework_blocked() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BLOCKER], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (done.stdout, done.stderr) == ("X\n", "")


def test_imports_nothing_but_a_few_standard_modules() -> None:
    imported = set()
    for path in ENGINE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {name.name.split(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                imported.add(str(node.module).split(".")[0])
                assert not str(node.module).startswith("clearinghouse.") or str(
                    node.module
                ).startswith("clearinghouse.engine")

    assert imported == ALLOWED


def test_verifies_without_the_code_that_allocates() -> None:
    for path in (ENGINE / "verifier").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not [
            name
            for name in ("engine.plain", "engine.fast", "engine.arrays", "engine.matching")
            if name in text
        ]


def test_keeps_the_package_above_it_empty() -> None:
    assert (ROOT / "clearinghouse" / "__init__.py").read_text(encoding="utf-8") == ""
