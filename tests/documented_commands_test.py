"""Every command of the README runs; every command of the docs parses."""

import os
import pathlib
import re
import shlex
import signal
import socket
import subprocess
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGES = sorted([README, *(ROOT / "docs").glob("*.md")])

# What makes a documented command short enough for a test.
SHORTER = {
    "trainers.train_vae": [
        "--num_epochs=1",
        "--widths=4,8",
        "--batch_size=500",
        "--num_samples=4",
    ],
}


def commands(page: pathlib.Path) -> list[list[str]]:
    """The `python -m ...` commands of a page, in order, as words."""
    text = page.read_text().replace("\\\n", " ")
    found = re.findall(r"^ {4}(?:\$ )?(python -m .*)$", text, re.MULTILINE)
    return [shlex.split(line, comments=True) for line in found]


def run(words: list[str], directory: pathlib.Path) -> None:
    """Runs a documented command; fails with what it printed."""
    words = [sys.executable, *words[1:], *SHORTER.get(words[2], [])]
    done = subprocess.run(
        words, cwd=directory, env=environment(), capture_output=True, text=True
    )
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_flags_of_documented_commands_exist(page):
    for words in commands(page):
        checked = [sys.executable, *words[1:], "--only_check_args"]
        done = subprocess.run(
            checked, cwd=ROOT, env=environment(), capture_output=True, text=True
        )
        assert done.returncode == 0, f"{words}\n{done.stderr}"


def test_readme_from_training_to_phone(tmp_path):
    """Runs the commands in order, the server beside those after it."""
    todo = commands(README)
    modules = [words[2] for words in todo]
    assert "export.server" in modules and "export.client" in modules
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = None
    try:
        for words in todo:
            if words[2] == "export.server":
                server = start_server([*words, f"--port={port}"], tmp_path)
                continue
            words = [w.replace(":8500", f":{port}") for w in words]
            run(words, tmp_path)
    finally:
        if server is not None:
            server.send_signal(signal.SIGTERM)
            assert server.wait(timeout=30) == 0
    for made in ("samples.png", "out.png", "vae.tflite", "models/vae/1"):
        assert (tmp_path / made).exists(), made


def start_server(words: list[str], directory: pathlib.Path):
    from export import client

    port = words[-1].partition("=")[2]
    process = subprocess.Popen(
        [sys.executable, *words[1:]], cwd=directory, env=environment()
    )
    with client.Client(f"127.0.0.1:{port}", "vae", timeout=90.0) as served:
        while "AVAILABLE" not in served.status().values():
            assert process.poll() is None
            time.sleep(0.1)
    return process


def test_readme_python(tmp_path, monkeypatch):
    """The code for Keras users, one epoch long."""
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert "epochs=5" in code
    names = {}
    exec(code.replace("epochs=5", "epochs=1"), names)
    assert names["vae"].generate(2, seed=0).shape == (2, 28, 28, 1)
    assert (tmp_path / "vae.keras").exists()
