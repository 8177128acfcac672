"""What happens when a module is imported: nothing, and that soon."""

import subprocess
import sys

from tests import import_graph

_SOURCES = import_graph.sources()

# Prints what happens beside reading Python files. Binaries share names of
# flags, and would not find each other in a process of their own.
_WATCH = """
import importlib, sys
{before}
seen = []
def watch(event, arguments):
    if event == "open":
        path, mode, _ = arguments
        if mode not in (None, "r", "rb") or (
            {strict} and not str(path).endswith((".py", ".pyc"))
        ):
            seen.append(f"open {{path}} {{mode}}")
    elif event in ("socket.connect", "subprocess.Popen", "os.mkdir"):
        seen.append(event)
sys.addaudithook(watch)
for module in {modules}:
    importlib.import_module(module)
    if "absl.flags" in sys.modules:
        flags = sys.modules["absl.flags"].FLAGS
        for name in list(flags):
            delattr(flags, name)
print(*seen, *({{"tensorflow", "keras"}} & set(sys.modules)), sep="\\n")
"""


def _watch_import(modules: list[str], before: str = "", strict=False) -> str:
    script = _WATCH.format(before=before, strict=strict, modules=modules)
    done = subprocess.run(
        [sys.executable, "-B", "-c", script],
        cwd=import_graph.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_import_keras_gen_needs_no_tensorflow_and_touches_nothing():
    assert _watch_import(["keras_gen"], strict=True) == ""


def test_no_program_waits_for_tensorflow_before_its_help():
    programs = [
        name
        for name, path in _SOURCES.items()
        if name.startswith(("trainers.", "export."))
        and 'if __name__ == "__main__":' in path.read_text()
    ]
    assert len(programs) > 20
    assert "tensorflow" not in _watch_import(programs).splitlines()


def test_no_module_has_a_side_effect_when_imported():
    libraries = [
        "PIL.Image",
        "ai_edge_litert.interpreter",
        "grpc",
        "keras",
        "tensorboard",
        "tensorflow",
        "tensorflow_probability",
    ]
    before = f"import {', '.join(libraries)}"
    seen = _watch_import(list(_SOURCES), before).splitlines()
    assert set(seen) == {"keras", "tensorflow"}


def test_a_side_effect_is_found(tmp_path):
    (tmp_path / "noisy.py").write_text("open('noise', 'w')")
    before = f"import os; os.chdir({str(tmp_path)!r}); sys.path.insert(0, '')"
    assert _watch_import(["noisy"], before) == "open noise w"
