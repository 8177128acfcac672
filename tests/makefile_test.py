"""The two commands of a fresh machine: what they run, and how they fail."""

import os
import re
import stat
import subprocess
import sys

import pytest

from tests import import_graph

_ROOT = import_graph.ROOT


def _make(*arguments: str) -> subprocess.CompletedProcess:
    """Runs make as a person would, not as a part of the make that runs us."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    }
    return subprocess.run(
        ["make", *arguments],
        cwd=_ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _script(path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_help_is_the_default_and_lists_every_goal():
    listed = _make()
    assert listed.returncode == 0
    text = (_ROOT / "Makefile").read_text()
    (goals,) = re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert re.findall(r"^make (\w+)", listed.stdout, re.MULTILINE) == sorted(
        goals.split(), key=goals.split().index
    )


@pytest.mark.parametrize("goal", ["demo", "test"])
def test_one_line_says_that_no_python_fits(goal, tmp_path):
    shim = _script(tmp_path / "shim", "echo not installed >&2; exit 127")
    old = _script(tmp_path / "old", "exit 1")
    done = _make(
        goal, f"PYTHON=no-such-python {shim} {old}", f"VENV={tmp_path}/v"
    )
    assert done.returncode != 0
    told = [x for x in done.stderr.splitlines() if not x.startswith("make: ")]
    assert len(told) == 1
    assert told[0].startswith("error: no Python of 3.11 to 3.13 among: no-such")
    assert not (tmp_path / "v").exists()


def test_one_line_says_that_the_venv_module_is_missing(tmp_path):
    python = _script(
        tmp_path / "python", 'case "$2" in *venv*) exit 1;; esac; exit 0'
    )
    done = _make("test", f"PYTHON={python}", f"VENV={tmp_path}/v")
    assert done.returncode != 0
    told = [x for x in done.stderr.splitlines() if not x.startswith("make: ")]
    assert told == [
        f"error: {python} has no venv module. Install it (Debian and Ubuntu: "
        "apt install python3-venv) and run make again."
    ]


def test_the_first_python_that_fits_makes_the_venv(tmp_path):
    shim = _script(tmp_path / "shim", "exit 127")
    record = tmp_path / "record"
    fits = _script(
        tmp_path / "fits",
        f'[ "$1" = -c ] && exec {sys.executable} "$@"; echo "$@" > {record}',
    )
    _make(
        f"{tmp_path}/v/bin/python",
        f"PYTHON={shim} {fits}",
        f"VENV={tmp_path}/v",
    )
    assert record.read_text() == f"-m venv --clear {tmp_path}/v\n"


def test_a_venv_that_is_up_to_date_is_left_alone(tmp_path):
    for name in ("bin/python", "demo.stamp", "test.stamp"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    for goal in ("demo", "test"):
        planned = _make("--dry-run", goal, f"VENV={tmp_path}").stdout
        assert "install" not in planned
    stale = _make("-n", "-W", "requirements.lock", "test", f"VENV={tmp_path}")
    assert "install" in stale.stdout


@pytest.mark.parametrize(
    "goal, last", [("test", "--dist loadscope"), ("coverage", "--cov")]
)
def test_lint_comes_before_the_tests(tmp_path, goal, last):
    planned = _make("--dry-run", goal, f"VENV={tmp_path}/v").stdout
    parts = "ruff check", "ruff format --check", "-m pytest", last
    assert sorted(parts, key=planned.index) == list(parts)


def test_ci_runs_make_test():
    path = _ROOT / ".ci/run"
    assert path.stat().st_mode & stat.S_IXUSR
    assert re.search(r"\bmake test < /dev/null", path.read_text())
