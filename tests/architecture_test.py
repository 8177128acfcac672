"""The sources keep to the architecture.

An AST walk over imports against the table in `import_graph`, and the limits of
the house style.
"""

import ast
import re
import subprocess

import pytest

import keras_gen
from tests import import_graph

_SOURCES = import_graph.sources()
_EVERYWHERE = import_graph.sources(
    *import_graph.PACKAGES, "tests", "examples", "benchmarks"
)

# Libraries by the units that must not know them.
_OUTSIDE_LIBRARY = ("absl.flags", "grpc", "tensorflow_serving", "matplotlib")
_MUST_NOT_USE = {
    "networks": ("tensorflow", "tensorflow_probability"),
    "layers": ("tensorflow", "tensorflow_probability"),
    "trainers": ("grpc", "tensorflow_serving"),
}
# They need Keras 2.
_NOWHERE = (
    "tensorflow.keras",
    "tf_keras",
    "tensorflow_probability.layers",
    "tensorflow_probability.distributions.PixelCNN",
)
# Homes and working folders of one machine. The pattern does not match itself.
_MACHINE_PATH = re.compile(r"(?<![\w./:-])/(?:home|root|Users|work|opt)/\w")
_BINARY = {".png", ".npz", ".gif", ".jpg", ".tflite", ".keras", ".mid"}


def violations(module: str, source: str) -> list[str]:
    """What `source`, as `module`, does against the table; empty if nothing."""
    unit = import_graph.unit(module)
    found = []
    for name, at in import_graph.project_imports(source, _SOURCES).items():
        imported = import_graph.unit(name)
        if not import_graph.may_import(unit, imported):
            found.append(f"{module}:{at.line}: {unit} imports {imported}")
    forbidden = _NOWHERE + _MUST_NOT_USE.get(unit, ())
    if module.startswith("keras_gen"):
        forbidden += _OUTSIDE_LIBRARY
    for each in import_graph.references(source):
        where = f"{module}:{each.line}: {unit} uses {each.name}"
        if each.name.startswith("."):
            found.append(f"{where}, a relative import")
        # A layer may call a kernel where TensorFlow is the backend.
        kernel = unit == "layers" and each.lazy and _is_kernel(each)
        bad = any(f"{each.name}.".startswith(f"{bad}.") for bad in forbidden)
        if bad and not kernel:
            found.append(where)
        if _is_tfds(each) and (unit != "data" or not each.lazy):
            found.append(f"{where} outside a function of data")
    return found


def _is_kernel(reference: import_graph.Reference) -> bool:
    is_keras = reference.name.startswith("tensorflow.keras")
    return reference.name.split(".")[0] == "tensorflow" and not is_keras


def _is_tfds(reference: import_graph.Reference) -> bool:
    return reference.name.split(".")[0] == "tensorflow_datasets"


@pytest.mark.parametrize("module", _SOURCES)
def test_imports_follow_the_table(module):
    assert violations(module, _SOURCES[module].read_text()) == []


@pytest.mark.parametrize("module", sorted(set(_EVERYWHERE) - set(_SOURCES)))
def test_legacy_keras_is_used_nowhere(module):
    used = import_graph.references(_EVERYWHERE[module].read_text())
    assert not [
        each
        for each in used
        if any(f"{each.name}.".startswith(f"{bad}.") for bad in _NOWHERE)
    ]


def test_tfds_is_imported_in_at_most_one_file():
    importers = [
        module
        for module, path in _SOURCES.items()
        if any(map(_is_tfds, import_graph.references(path.read_text())))
    ]
    assert len(importers) <= 1


def test_networks_reach_no_tensorflow_through_what_they_import():
    blocks = [m for m in _SOURCES if import_graph.unit(m) == "networks"]
    reached, found = set(), []
    while blocks:
        module = blocks.pop()
        if module in reached:
            continue
        reached.add(module)
        source = _SOURCES[module].read_text()
        blocks.extend(import_graph.project_imports(source, _SOURCES))
        found.extend(
            f"{module}:{each.line}"
            for each in import_graph.references(source)
            if each.name.split(".")[0] == "tensorflow" and not each.lazy
        )
    assert found == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("keras_gen.ops.new", "from keras_gen import base"),
        ("keras_gen.spec", "import keras_gen.ops.seeds"),
        ("keras_gen.spec", "from keras_gen.ops import seeds as noise"),
        ("keras_gen.layers.new", "from keras_gen import networks"),
        ("keras_gen.networks.new", "from keras_gen.losses import adversarial"),
        ("keras_gen.networks.new", "import tensorflow as tf"),
        ("keras_gen.networks.new", "def f():\n    import tensorflow"),
        ("keras_gen.layers.new", "import tensorflow as tf"),
        ("keras_gen.layers.new", "def f():\n    import tensorflow.keras"),
        ("keras_gen.models.gan.new", "from keras_gen.models.vae import vae"),
        ("keras_gen.models.gan.new", "import keras_gen\nkeras_gen.VAE"),
        ("keras_gen.models.gan.new", "from keras_gen import VAE"),
        ("keras_gen.models.gan.new", "from keras_gen.data import catalog"),
        ("keras_gen.models.gan.new", "def f():\n    import trainers.loop"),
        ("keras_gen.data.new", "from keras_gen import layers"),
        ("keras_gen.data.new", "import tensorflow_datasets as tfds"),
        ("keras_gen.metrics.new", "import keras_gen.models.vae.vae"),
        ("keras_gen.metrics.new", "def f():\n    import tensorflow_datasets"),
        ("keras_gen.base", "from absl import flags"),
        ("keras_gen.base", "import matplotlib.pyplot as plt"),
        ("keras_gen.base", "from . import spec"),
        ("trainers.new", "from export import saved_model"),
        ("trainers.new", "import grpc"),
        ("export.new", "import keras_gen\nkeras_gen.VAE()"),
        ("export.new", "from keras_gen.models.vae import vae"),
        ("export.new", "importlib.import_module('trainers.loop')"),
        ("export.new", "from keras_gen import data"),
        ("export.new", "import tensorflow as tf\ntf.keras.Model"),
        ("export.new", "from tensorflow import keras"),
        ("export.new", "import tensorflow.keras.layers"),
        ("export.new", "import tensorflow_probability as tfp\ntfp.layers"),
        (
            "keras_gen.models.pixels.new",
            "import tensorflow_probability as tfp\n"
            "tfd = tfp.distributions\n"
            "tfd.PixelCNN()",
        ),
    ],
)
def test_a_violation_is_found(module, source):
    assert violations(module, source)


def test_a_unit_without_a_row_is_refused():
    with pytest.raises(ValueError, match="must have a row .* Received new"):
        violations("keras_gen.new", "from keras_gen import spec")


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("keras_gen.data.new", "def f():\n    import tensorflow_datasets"),
        ("keras_gen.models.vae.new", "from keras_gen.ops import seeds"),
        ("keras_gen.models.vae.new", "from keras_gen.models.vae import vae"),
        ("trainers.new", "import keras_gen\nkeras_gen.VAE"),
        ("export.new", "import keras_gen\nkeras_gen.__version__"),
        ("export.new", "import grpc\nimport keras"),
    ],
)
def test_what_is_allowed_is_not_flagged(module, source):
    assert violations(module, source) == []


@pytest.mark.parametrize("module", _EVERYWHERE)
def test_files_and_functions_are_short_and_documented(module):
    source = _EVERYWHERE[module].read_text()
    tree = ast.parse(source)
    assert source.count("\n") <= 300
    assert not source or ast.get_docstring(tree), "no module docstring"
    assert [f.name for f in ast.walk(tree) if _code_lines(f) > 40] == []


def _code_lines(node: ast.AST) -> int:
    """Lines of a function without its docstring, 0 for other nodes."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return 0
    lines = node.end_lineno - node.lineno + 1
    if ast.get_docstring(node):
        lines -= node.body[0].end_lineno - node.body[0].lineno + 1
    return lines


def test_public_names_are_sorted_importable_and_documented():
    pages = [import_graph.ROOT / "README.md"]
    pages += (import_graph.ROOT / "docs").rglob("*.md")
    text = "\n".join(page.read_text() for page in pages)
    assert list(keras_gen.__all__) == sorted(set(keras_gen.__all__))
    assert set(keras_gen.__all__) <= set(dir(keras_gen))
    for name in keras_gen.__all__:
        assert getattr(keras_gen, name) is not None
        assert re.search(rf"\b{name}\b", text), f"{name} is not documented"
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = keras_gen.Nothing


def test_no_file_names_a_path_of_one_machine():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=import_graph.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    found = []
    for name in listed.stdout.splitlines():
        path = import_graph.ROOT / name
        if path.is_file() and path.suffix not in _BINARY:
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [f"{name}: {hit}" for hit in _MACHINE_PATH.findall(text)]
    assert found == []


def test_a_path_of_one_machine_is_found():
    assert _MACHINE_PATH.search("see /" + "home/someone/models")
    assert not _MACHINE_PATH.search("https://example.org/" + "home/page")
