"""What a source imports and uses, and the table of who may import whom.

The table is that of docs/architecture.md, as data: `architecture_test` holds
the sources against it, `build_files_test` the visibility of BUILD targets.
"""

import ast
import dataclasses
import functools
import pathlib
import sys
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGES = ("keras_gen", "trainers", "export")

# Distributions whose name is not that of the module.
_DISTRIBUTIONS = {
    "PIL": "pillow",
    "absl": "absl_py",
    "google": "protobuf",
    "grpc": "grpcio",
    "grpc_health": "grpcio_health_checking",
    "skimage": "scikit_image",
    "tensorflow_serving": "tensorflow_serving_api",
}

_CORE = {"artifacts", "config", "console", "endpoint", "protocols", "spec"}
_BLOCKS = {"attacks", "layers", "losses", "samplers", "tokenizers"}

# Unit -> units it may import besides itself. A unit is a module or a folder of
# keras_gen, `models/*` any technique, `keras_gen` the public names, which
# `keras_gen/__init__.py` imports when they are first used.
MAY_IMPORT = {
    **dict.fromkeys(_CORE, _CORE),
    "keras_gen": set(),
    "ops": set(),
    **dict.fromkeys(_BLOCKS, {"ops"} | _CORE),
    "networks": {"ops"} | _CORE | _BLOCKS - {"attacks", "losses"},
    "distribution": {"ops"},
    "feeding": {"ops", "spec"},
    "saving": {"artifacts", "keras_gen"},
    "strategies": set(),
    "step_loop": {"distribution", "strategies"},
    "optimizers": set(),
    "training": {
        "distribution",
        "feeding",
        "ops",
        "optimizers",
        "spec",
        "step_loop",
    },
    "base": {"saving", "training"} | _CORE,
    "image_autoencoder": {"base", "ops"} | _CORE,
    "image_generator": {"image_model", "ops"} | _CORE,
    "image_model": {"base"} | _CORE,
    "models/*": {
        "base",
        "distribution",
        "image_autoencoder",
        "image_generator",
        "image_model",
        "networks",
        "ops",
        "optimizers",
    }
    | _CORE
    | _BLOCKS,
    "weights": {"base", "layers", "networks", "ops", "tokenizers"} | _CORE,
    "data": {"ops", "tokenizers"} | _CORE,
    "metrics": {"layers", "losses", "networks", "ops", "optimizers"} | _CORE,
    "callbacks": {"base", "metrics", "ops", "strategies"} | _CORE,
    "export": {"base", "keras_gen", "saving"} | _CORE,
}
MAY_IMPORT["trainers"] = set(MAY_IMPORT) - {"export"}


@dataclasses.dataclass(frozen=True)
class Reference:
    """One imported or used name, in full: `tensorflow.keras.layers`.

    Attributes:
        name: dotted, aliases resolved.
        line: where it stands.
        lazy: whether it is reached only when a function is called.
    """

    name: str
    line: int
    lazy: bool


def sources(*folders: str) -> dict[str, pathlib.Path]:
    """{dotted module name: path} of all Python files under `folders`."""
    found = {}
    for folder in folders or PACKAGES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if parts[-1] == "__init__":
                parts = parts[:-1]
            found[".".join(parts)] = path
    return found


def unit(module: str) -> str:
    """What `module` is in the table; `models/vae` for a technique."""
    package, *rest = module.split(".")
    if package != "keras_gen":
        return package
    if rest[:1] == ["models"]:
        return "/".join(rest[:2]) if rest[1:] else "keras_gen"
    return rest[0] if rest else "keras_gen"


def may_import(importer: str, imported: str) -> bool:
    """Whether the table has an arrow from one unit to another.

    Raises:
        ValueError: the table has no row for one of them.
    """
    for each in (importer, imported):
        if _row(each) not in MAY_IMPORT:
            raise ValueError(
                f"`MAY_IMPORT` must have a row for every unit. Received {each}."
                " Add its row and put it into those of its importers."
            )
    return importer == imported or _row(imported) in MAY_IMPORT[_row(importer)]


def references(source: str) -> list[Reference]:
    """All imports of `source`, and attributes of what it has imported."""
    return list(_references(ast.parse(source)))


def project_imports(source: str, known: dict) -> dict[str, Reference]:
    """{module of the project: first Reference} of what `source` needs.

    Args:
        source: Python text.
        known: the modules there are, as from `sources`.
    """
    found = {}
    for each in references(source):
        if each.name.split(".")[0] in PACKAGES:
            module = _longest_module(public_name(each.name), known)
            found.setdefault(module, each)
    return found


def distributions(source: str) -> set[str]:
    """Those of other projects that `source` imports, `-` written as `_`."""
    roots = {each.name.split(".")[0] for each in references(source)}
    roots -= {*sys.stdlib_module_names, *PACKAGES}
    return {_DISTRIBUTIONS.get(root, root) for root in roots}


def public_name(name: str) -> str:
    """`keras_gen.VAE` to the module that `keras_gen` takes it from."""
    package, *rest = name.split(".")
    if package == "keras_gen" and rest and rest[0] in lazy_modules():
        return lazy_modules()[rest[0]]
    return name


@functools.cache
def lazy_modules() -> dict[str, str]:
    """{public name: module} as `keras_gen/__init__.py` lists them."""
    tree = ast.parse((ROOT / "keras_gen/__init__.py").read_text())
    tables = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        and node.targets[0].id in ("_MODULES", "_PACKAGES")
    }
    packages = {name: f"keras_gen.{name}" for name in tables["_PACKAGES"]}
    return tables["_MODULES"] | packages


def _row(name: str) -> str:
    return "models/*" if name.startswith("models/") else name


def _longest_module(name: str, known: dict) -> str:
    while name not in known and "." in name:
        name = name.rpartition(".")[0]
    return name


def _references(tree: ast.Module) -> Iterator[Reference]:
    lazy = {
        id(inner)
        for outer in ast.walk(tree)
        if isinstance(
            outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
        )
        for inner in ast.walk(outer)
    }
    bound = {}  # Local name -> what it stands for.
    for node in ast.walk(tree):
        for local, name in _imported(node):
            bound[local] = name
            yield Reference(name, node.lineno, id(node) in lazy)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(
            node.targets[0], ast.Name
        ):
            value = _dotted(node.value, bound)
            if value and "." in value:
                bound[node.targets[0].id] = value
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (name := _dotted(node, bound)):
            yield Reference(name, node.lineno, id(node) in lazy)


def _imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    """(local name, what it stands for) of an import statement or call."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.asname:
                yield alias.asname, alias.name
            else:
                yield alias.name.split(".")[0], alias.name.split(".")[0]
                yield alias.name, alias.name
    elif isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            yield alias.asname or alias.name, f"{module}.{alias.name}"
    elif (
        isinstance(node, ast.Call)
        and getattr(node.func, "attr", "") == "import_module"
        and isinstance(node.args[0], ast.Constant)
    ):
        yield "", node.args[0].value


def _dotted(node: ast.AST, bound: dict[str, str]) -> str | None:
    """`tf.keras.layers` as `tensorflow.keras.layers`, if imported."""
    names = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in bound:
        return None
    return ".".join([bound[node.id], *reversed(names)])
