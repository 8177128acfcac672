"""The wheel has what it should, and the metadata are true."""

import configparser
import email
import email.message
import pathlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator

import pytest
from packaging import requirements

import keras_gen
from tests import import_graph

_ROOT = import_graph.ROOT
_NEEDED_TO_BUILD = ("setup.cfg", "pyproject.toml", "README.md", "LICENSE")


def _setup() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(_ROOT / "setup.cfg")
    return parser


def _requirements(text: str) -> list[requirements.Requirement]:
    return [requirements.Requirement(line) for line in text.split("\n") if line]


def _locked() -> dict[str, str]:
    lines = (_ROOT / "requirements.lock").read_text().splitlines()
    pins = _requirements("\n".join(x for x in lines if not x.startswith("#")))
    return {_normal(p.name): str(p.specifier).lstrip("=") for p in pins}


def _normal(name: str) -> str:
    return name.lower().replace("_", "-")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Iterator[zipfile.ZipFile]:
    """Built without network, from a copy: the checkout stays as it is."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in _NEEDED_TO_BUILD:
        shutil.copy(_ROOT / name, copy)
    for package in (*import_graph.PACKAGES, "tests"):
        shutil.copytree(
            _ROOT / package,
            copy / package,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation"],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = (copy / "dist").glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def _metadata(wheel: zipfile.ZipFile) -> email.message.Message:
    (name,) = (n for n in wheel.namelist() if n.endswith(".dist-info/METADATA"))
    return email.message_from_bytes(wheel.read(name))


def test_the_wheel_has_every_source_and_nothing_else(wheel):
    names = {n for n in wheel.namelist() if ".dist-info/" not in n}
    expected = {
        path.relative_to(_ROOT).as_posix()
        for path in import_graph.sources().values()
    }
    embedded = (_ROOT / "keras_gen").glob("*/embedded/*")
    expected |= {path.relative_to(_ROOT).as_posix() for path in embedded}
    assert names == expected | {"keras_gen/py.typed"}
    assert any(name.endswith(".npz") for name in names)


def test_the_wheel_has_licence_and_metadata(wheel):
    assert any(n.endswith("/licenses/LICENSE") for n in wheel.namelist())
    metadata = _metadata(wheel)
    assert metadata["Name"] == "keras_gen"
    assert metadata["Version"] == keras_gen.__version__
    assert metadata["License-Expression"] == "Apache-2.0"
    assert set(metadata["Requires-Python"].split(",")) == {">=3.11", "<3.14"}
    assert set(metadata.get_all("Provides-Extra")) == {
        "data",
        "dev",
        "mesh",
        "mobile",
        "music",
        "serving",
        "text",
    }
    assert (
        metadata.get_payload().strip()
        == (_ROOT / "README.md").read_text().strip()
    )


def test_the_lock_pins_every_requirement_within_its_bounds():
    setup = _setup()
    texts = [setup["options"]["install_requires"]]
    texts += dict(setup["options.extras_require"]).values()
    locked = _locked()
    for each in _requirements("\n".join(texts)):
        if each.name != "keras_gen":
            assert each.specifier.contains(locked[_normal(each.name)]), each


def test_the_lock_has_versions_alone():
    text = (_ROOT / "requirements.lock").read_text()
    assert not [word for word in ("://", " @ ", "--") if word in text]


@pytest.mark.parametrize(
    ("package", "extras"),
    [
        ("keras_gen", ["data", "mesh", "music", "text"]),
        ("trainers", []),
        ("export", ["serving", "mobile"]),
    ],
)
def test_every_import_is_declared(package, extras):
    setup = _setup()
    texts = [setup["options"]["install_requires"]]
    texts += [setup["options.extras_require"][extra] for extra in extras]
    declared = {_normal(r.name) for r in _requirements("\n".join(texts))}
    for module, path in import_graph.sources(package).items():
        needed = import_graph.distributions(path.read_text())
        missing = {_normal(name) for name in needed} - declared
        assert not missing, f"{module} needs {missing}"


def test_the_license_is_the_whole_text():
    text = pathlib.Path(_ROOT / "LICENSE").read_text()
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
