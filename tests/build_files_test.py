"""The BUILD files are true: sources, deps and visibility.

They are evaluated as Python, of which Starlark is nearly a subset, and held
against the imports of the sources and the table in `import_graph`.
"""

import dataclasses
import pathlib

import pytest

from tests import import_graph

_FOLDERS = ("keras_gen", "trainers", "export", "tests")
_SOURCES = import_graph.sources()


@dataclasses.dataclass(frozen=True)
class Target:
    """One rule of a BUILD file, labels and paths in full."""

    label: str
    sources: frozenset[pathlib.Path]
    deps: tuple[str, ...]
    visibility: frozenset[str]


def evaluate(folder: str, text: str | None = None) -> dict[str, Target]:
    """{label: Target} of a BUILD file.

    Args:
        folder: the package, relative to the repository.
        text: evaluated instead of the file where not None.
    """
    base = import_graph.ROOT / folder
    targets, default = {}, []

    def rule(name, srcs=(), deps=(), visibility=None, data=(), **_):
        label = f"//{folder}:{name}"
        assert label not in targets, f"{label} is defined twice"
        paths = [base / each for each in [*srcs, *data]]
        assert not [p for p in paths if not p.is_file()], f"{label}: {paths}"
        targets[label] = Target(
            label,
            frozenset(base / each for each in srcs),
            tuple(_full_label(each, folder) for each in deps),
            frozenset(default if visibility is None else visibility),
        )

    def glob(include, exclude=()):
        found = {path for each in include for path in base.glob(each)}
        found -= {path for each in exclude for path in base.glob(each)}
        assert found, f"{folder}/BUILD: glob({include}) finds nothing"
        return sorted(str(path.relative_to(base)) for path in found)

    def package(default_visibility):
        default.extend(default_visibility)

    environment = {
        "glob": glob,
        "load": lambda *_: None,
        "package": package,
        "py_binary": rule,
        "py_library": rule,
    }
    exec(text or (base / "BUILD").read_text(), environment)
    return targets


def all_targets() -> dict[str, Target]:
    """Those of every BUILD file."""
    return {k: v for each in _FOLDERS for k, v in evaluate(each).items()}


def needed_deps(target: Target, owners: dict[pathlib.Path, str]) -> set[str]:
    """Labels that the imports of the target's sources ask for."""
    needed = set()
    for path in target.sources:
        source = path.read_text()
        for module in import_graph.project_imports(source, _SOURCES):
            needed.add(owners[_SOURCES[module]])
        names = import_graph.distributions(source)
        needed |= {f"@pypi//{name}:{name}" for name in names}
    return needed - {target.label}


def owners(targets: dict[str, Target]) -> dict[pathlib.Path, str]:
    """{source: label of the one target it belongs to}."""
    found = {}
    for target in targets.values():
        for path in target.sources:
            assert path not in found, f"{path} is in two targets"
            found[path] = target.label
    return found


def _full_label(label: str, folder: str) -> str:
    if label.startswith(":"):
        return f"//{folder}{label}"
    if ":" not in label:
        return f"{label}:{label.rpartition('/')[2]}"
    return label


_TARGETS = all_targets()
_CHECKED = [t for t in _TARGETS.values() if t.sources]
_CHECKED = [t for t in _CHECKED if not t.label.startswith("//tests")]


def test_every_source_belongs_to_exactly_one_target():
    owned = set(owners(_TARGETS))
    assert {p for p in owned if p in _SOURCES.values()} == set(
        _SOURCES.values()
    )


@pytest.mark.parametrize("target", _CHECKED, ids=lambda t: t.label)
def test_deps_are_what_the_sources_import(target):
    needed = needed_deps(target, owners(_TARGETS))
    assert len(target.deps) == len(set(target.deps))
    assert needed - set(target.deps) == set(), "add these to deps"
    assert set(target.deps) - needed == set(), "remove these from deps"


@pytest.mark.parametrize("target", _CHECKED, ids=lambda target: target.label)
def test_visibility_is_that_of_the_table(target):
    units = {
        import_graph.unit(module)
        for module, path in _SOURCES.items()
        if path in target.sources
    }
    own = target.label.removeprefix("//").partition(":")[0]
    allowed = {"benchmarks", "examples", "tests"} | {
        package
        for package in ("trainers", "export")
        if package != own
        and any(import_graph.may_import(package, each) for each in units)
    }
    assert target.visibility == {f"//{p}:__subpackages__" for p in allowed}


def test_labels_exist_are_visible_and_have_no_cycle():
    def visit(label: str, path: tuple[str, ...]):
        assert label not in path, f"cycle: {path}"
        for dep in _TARGETS[label].deps:
            if dep.startswith("//"):
                assert dep in _TARGETS, f"{label} has no target {dep}"
                assert _is_visible(_TARGETS[dep], label), (dep, label)
                visit(dep, (*path, label))

    for label in _TARGETS:
        visit(label, ())


def _is_visible(target: Target, to: str) -> bool:
    own, other = (
        label.removeprefix("//").partition(":")[0]
        for label in (target.label, to)
    )
    return own == other or bool(
        target.visibility
        & {"//visibility:public", f"//{other}:__subpackages__"}
    )


def test_the_public_target_has_what_the_public_names_need():
    owner = owners(_TARGETS)
    needed = {
        owner[_SOURCES[module]]
        for module in import_graph.lazy_modules().values()
    }
    public = _TARGETS["//keras_gen:keras_gen"]
    assert set(public.deps) == needed | {"//keras_gen:names"}
    assert public.visibility == {"//visibility:public"}


def test_external_deps_are_locked():
    lock = (import_graph.ROOT / "requirements.lock").read_text()
    locked = {
        line.partition("==")[0].lower().replace("-", "_")
        for line in lock.splitlines()
    }
    external = {
        dep.rpartition(":")[2]
        for target in _TARGETS.values()
        for dep in target.deps
        if dep.startswith("@pypi//")
    }
    assert external and external <= locked


def test_missing_and_unused_deps_are_found():
    text = """
py_library(
    name = "ops",
    srcs = glob(["ops/*.py"]),
    visibility = [],
    deps = [":core", "@pypi//numpy"],
)
"""
    target = evaluate("keras_gen", text)["//keras_gen:ops"]
    needed = needed_deps(target, owners(_TARGETS))
    assert "@pypi//tensorflow:tensorflow" in needed - set(target.deps)
    assert "//keras_gen:core" in set(target.deps) - needed


@pytest.mark.parametrize(
    "text",
    [
        'py_library(name = "a", srcs = ["missing.py"])',
        'py_library(name = "a", srcs = glob(["missing/*.py"]))',
        'py_library(name = "a", srcs = [], visibility = ["b"])\n' * 2,
    ],
)
def test_a_false_build_file_is_refused(text):
    with pytest.raises(AssertionError):
        evaluate("keras_gen", text)
