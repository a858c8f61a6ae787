"""The requirement lists: hashed, without any address, and what pyproject.toml says."""

import re
import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, requires
from itertools import pairwise

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.sources import ROOT

LISTS = ("runtime", "embedded", "test", "e2e", "bench")
# What the background worker of the container image has: runtime and the accelerator.
ALL = (*LISTS, "worker")


def _text(name):
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


@cache
def _pins(name):
    """Read `name==version` lines with the hashes that follow each."""
    text = _text(name).replace("\\\n", " ")
    rows = [row.split() for row in text.splitlines() if row and not row.startswith("#")]
    return {
        canonicalize_name(pin.split("==")[0]): (pin.split("==")[1], tuple(rest))
        for pin, *rest in rows
    }


@cache
def _direct(name):
    """Read what pyproject.toml asks for in one group, the runtime being the project's own."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    if name == "runtime":
        lines = project["project"]["dependencies"]
    else:
        groups = project["dependency-groups"]
        lines = []
        for line in groups[name]:
            lines += [line] if isinstance(line, str) else groups[line["include-group"]]
    wanted = [Requirement(line) for line in lines]
    return {canonicalize_name(requirement.name): requirement for requirement in wanted}


def _required_by(package):
    try:
        lines = requires(package) or []
    except PackageNotFoundError:  # for another system or Python than this one
        lines = []
    return {canonicalize_name(Requirement(line).name) for line in lines}


@pytest.mark.parametrize("name", ALL)
def test_names_no_address_in_any_list(name):
    assert re.findall(r"\w+://|--index-url|--extra-index-url|--find-links|-f ", _text(name)) == []


@pytest.mark.parametrize("name", ALL)
def test_hashes_every_requirement(name):
    for package, (version, rest) in _pins(name).items():
        hashes = [word for word in rest if re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", word)]
        assert hashes, f"{package}=={version} has no hash"


@pytest.mark.parametrize("name", LISTS)
def test_pins_what_the_project_asks_for(name):
    for wanted in LISTS[: LISTS.index(name) + 1]:
        for package, requirement in _direct(wanted).items():
            assert package in _pins(name), f"run `python3 run.py lock`: {package} is missing"
            assert requirement.specifier.contains(_pins(name)[package][0], prereleases=True)


@pytest.mark.parametrize(("smaller", "larger"), list(pairwise(LISTS)))
def test_holds_all_of_the_smaller_list(smaller, larger):
    assert _pins(smaller).items() <= _pins(larger).items()


def test_worker_list_is_runtime_and_the_accelerator():
    assert _pins("runtime").items() <= _pins("worker").items() <= _pins("test").items()
    assert _direct("accelerator").keys() <= _pins("worker").keys()


def test_keeps_tools_out_of_the_smaller_lists():
    for position, name in enumerate(LISTS):
        needed = set().union(*(_required_by(package) for package in _pins(name)))
        for larger in LISTS[position + 1 :]:
            assert set(_direct(larger)) & set(_pins(name)) - needed == set()


def test_pins_nothing_that_nobody_asked_for():
    pinned = set(_pins("test"))
    direct = {package for name in LISTS[:3] for package in _direct(name)}
    asked_for = direct.union(*(_required_by(package) for package in pinned))
    assert pinned - asked_for == set()


def test_gives_a_reason_for_each_dependency():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    tables = text.split("[dependency-groups]")
    lines = (tables[0].split("dependencies = [")[1] + tables[1].split("\n[tool")[0]).splitlines()
    assert [line for line in lines if line.startswith('  "') and "#" not in line] == []
