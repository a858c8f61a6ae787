"""`run.py`, the first file that a newcomer starts."""

import ast
import importlib.util
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / "run.py"
OLD = "import sys, runpy; sys.version_info = (3, 9, 2); sys.argv = ['run.py', 'test']; "
OLD += f"runpy.run_path({str(RUN)!r}, run_name='__main__')"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Give run.py as a module that takes an empty folder for its own."""
    spec = importlib.util.spec_from_file_location("run_under_test", RUN)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / ".installed-list")
    monkeypatch.setattr(module, "REQUIREMENTS", tmp_path / "requirements")
    (tmp_path / "requirements").mkdir()
    for name in module.LISTS:
        (tmp_path / "requirements" / f"{name}.txt").write_text(f"# {name}\n")
    return module


@pytest.fixture
def installed(run, monkeypatch):
    """Record what would be installed instead of installing it."""
    lists = []

    def install(name):
        lists.append(name)
        run.PYTHON.parent.mkdir(parents=True, exist_ok=True)
        run.PYTHON.touch()
        run.STAMP.write_text(run.stamp_of(name))

    monkeypatch.setattr(run, "install", install)
    return lists


def _start(*words, cwd=ROOT):
    return subprocess.run(
        [sys.executable, *words], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_refuses_an_old_python_with_a_sentence():
    result = _start("-c", OLD)
    assert result.returncode == 1
    assert "needs Python 3.11 or newer; you started it with Python 3.9" in result.stderr
    assert "python3.11 run.py test" in result.stderr


def test_uses_only_syntax_that_an_old_python_reads():
    ast.parse(RUN.read_text(encoding="utf-8"), feature_version=(3, 6))


def test_imports_only_the_standard_library():
    tree = ast.parse(RUN.read_text(encoding="utf-8"))
    names = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert names <= sys.stdlib_module_names


@pytest.mark.parametrize("words", [[], ["help"], ["--help"]])
def test_explains_itself_from_any_folder(words, tmp_path):
    result = _start(RUN, *words, cwd=tmp_path)
    assert result.returncode == 0
    for command in ("demo", "test", "check", "fix", "manage", "match", "verify", "explain", "lock"):
        assert f"run.py {command}" in result.stdout


def test_answers_an_unknown_command_with_the_known_ones():
    result = _start(RUN, "dmeo")
    assert result.returncode == 2
    assert "does not know 'dmeo'. It knows: demo, test," in result.stdout


def test_installs_once_and_then_starts_at_once(run, installed):
    run.prepare("embedded")
    run.prepare("embedded")
    assert installed == ["embedded"]


def test_takes_a_larger_list_for_a_smaller_need(run, installed):
    run.prepare("test")
    run.prepare("runtime")
    assert installed == ["test"]


def test_installs_the_larger_list_again_when_it_changed(run, installed):
    run.prepare("e2e")
    (run.REQUIREMENTS / "e2e.txt").write_text("# another\n")
    run.prepare("embedded")
    assert installed == ["e2e", "e2e"]


def test_lets_one_of_two_first_starts_install(run, installed, capsys):
    slow_install = run.install

    def install(name):
        time.sleep(0.3)
        slow_install(name)

    run.install = install
    starts = [threading.Thread(target=run.prepare, args=["test"]) for _ in range(2)]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert installed == ["test"]
    assert "Another run.py is setting up this folder" in capsys.readouterr().err


def test_names_the_missing_package_when_it_cannot_make_a_venv(run, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(SystemExit, match="apt-get install python3-venv"):
        run.install("embedded")


def test_tries_pip_when_uv_fails(run, monkeypatch):
    commands = []

    def succeeds(command, *, quiet=False):
        commands.append([str(word) for word in command])
        return not str(command[0]).endswith("/uv")

    monkeypatch.setattr(shutil, "which", lambda _name: "/usr/bin/uv")
    monkeypatch.setattr(run, "succeeds", succeeds)
    run.STAMP.parent.mkdir()
    run.install("embedded")
    assert commands[-1][1:4] == ["-m", "pip", "install"]
    assert "--require-hashes" in commands[-1]
    assert run.is_current("embedded") is False, "the pretended .venv has no Python in it"


def test_runs_every_check_and_names_the_failed_ones(run, monkeypatch, capsys):
    monkeypatch.setattr(run, "PYTHON", sys.executable)
    fails, passes = ["-c", "raise SystemExit(3)"], ["-c", "pass"]
    assert run.run_all({"First": fails, "Second": passes, "Third": fails}) == 1
    assert capsys.readouterr().out.endswith("== Failed: First, Third\n")
    assert run.run_all({"Second": passes}) == 0


def test_compiles_each_list_with_the_smaller_one_as_a_bound(run, monkeypatch):
    commands = []
    monkeypatch.setattr(shutil, "which", lambda _name: "uv")
    monkeypatch.setattr(run.subprocess, "run", lambda command, **_: commands.append(command))
    assert run.lock(["--upgrade"]) == 0
    written = [f"requirements/{name}.txt" for name in (*run.LISTS, "worker")]
    assert [command[-1] for command in commands] == written
    assert commands[-1][commands[-1].index("-c") + 1] == "requirements/runtime.txt"
    assert "-c" not in commands[0]
    assert commands[2][commands[2].index("-c") + 1] == "requirements/embedded.txt"
    assert [word for word in commands[3] if word in run.LISTS] == ["embedded", "test", "e2e"]
    assert {"--generate-hashes", "--no-emit-index-url", "--upgrade"} <= set(commands[0])
