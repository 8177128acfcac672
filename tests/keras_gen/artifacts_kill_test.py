"""Writers that are killed at any instant, or run out of space."""

import subprocess
import sys

import pytest

# Forks a writer again and again and ends it at the next operation on a file:
# Python announces each to an audit hook.
_KILLED_WRITERS = """
import os, pathlib, sys
from keras_gen import artifacts

def write(home):
    with artifacts.atomic_file(home / "model.keras") as temporary:
        temporary.write_bytes(b"new")
    with artifacts.atomic_directory(home / "1", {"step": 1}) as temporary:
        (temporary / "data").write_bytes(b"new")

def killed_writer(home, index):
    left = [index]
    def hook(event, arguments):
        if event == "open" or event.startswith(("os.", "shutil.", "tempfile.")):
            left[0] -= 1
            if left[0] < 0:
                os._exit(9)
    sys.addaudithook(hook)
    write(home)
    os._exit(0)

seen = set()
for index in range(1000):
    home = pathlib.Path(sys.argv[1], str(index))
    home.mkdir()
    with artifacts.atomic_file(home / "model.keras") as temporary:
        temporary.write_bytes(b"old")
    child = os.fork()
    if not child:
        killed_writer(home, index)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    artifacts.verify_file(home / "model.keras")
    content = (home / "model.keras").read_bytes()[:3]
    if (home / "1").exists():
        assert artifacts.verify_directory(home / "1") == {"step": 1}
        content += b" and directory"
    seen.add(content.decode())
    artifacts.remove_incomplete(home)
    assert {p.name for p in home.iterdir()} <= {"model.keras", "1"}
    if status == 0:
        break
    assert status == 9
print(index, *sorted(seen), sep=",")
"""

_NO_SPACE = """
import pathlib, resource, sys
from keras_gen import artifacts

home, size = pathlib.Path(sys.argv[1]), int(sys.argv[2])
with artifacts.atomic_file(home / "model.keras") as temporary:
    temporary.write_bytes(b"old")
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    with artifacts.atomic_file(home / "model.keras") as temporary:
        temporary.write_bytes(bytes(size))
except artifacts.ArtifactError as error:
    print(error)
try:
    with artifacts.atomic_directory(home / "1") as temporary:
        (temporary / "data").write_bytes(bytes(size))
        (temporary / ("name" * 60)).write_bytes(bytes(10))
        for name in range(20):
            (temporary / str(name)).touch()
except artifacts.ArtifactError as error:
    print(error)
artifacts.verify_file(home / "model.keras")
assert (home / "model.keras").read_bytes().startswith(b"old")
assert [each.name for each in home.iterdir()] == ["model.keras"]
"""


def run(script, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_writer_killed_at_any_point_leaves_the_old_or_the_new(tmp_path):
    num_points, *states = run(_KILLED_WRITERS, tmp_path).strip().split(",")
    assert int(num_points) > 20
    assert states == ["new", "new and directory", "old"]


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(5000, id="content"),
        pytest.param(950, id="seal and manifest"),
    ],
)
def test_a_full_disk_changes_nothing(tmp_path, size):
    lines = run(_NO_SPACE, tmp_path, size).splitlines()
    assert len(lines) == 2
    for line, name in zip(lines, ("model.keras", "1"), strict=True):
        assert line.startswith(f"Cannot write {tmp_path / name}: File too")
        assert "Nothing was changed. Free some space" in line
