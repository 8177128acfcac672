"""MODEL_CARD.md: what a SavedModel is and how to use it, for its readers."""

import dataclasses
import pathlib
from typing import Any

from keras_gen import artifacts, spec

NAME = "MODEL_CARD.md"

_TEXT = """\
# {name}

{what}

Exported by keras_gen {package} (TensorFlow {tensorflow}, Keras {keras}) at
{created}, from `{class_name}` with {weights:,} numbers as weights, after
{steps:,} training steps.

## What it answers

The first is the default, `serving_default`. Every tensor has a batch axis B;
rows are independent of each other.

{endpoints}

## Configuration

{config}

## Serve it

From the directory above `{name}/`:

    docker run -p 8500:8500 -p 8501:8501 -v "$PWD/{name}:/models/{name}" \\
        -e MODEL_NAME={name} tensorflow/serving

or, for development and without Docker:

    python -m export.server --model_name={name} --model_base_path={name}

## Ask it

    python -m export.client --target=localhost:8500 --model={name} \\
        --endpoint={default}

## What else is here

| file | content |
| --- | --- |
| `{manifest}` | SHA-256 of every file; `python -m export.validate` checks it |
| `assets.extra/endpoints.json` | shapes, ranges and meanings, for programs |
| `assets.extra/golden.npz` | requests with the right answers |
| `assets.extra/tf_serving_warmup_requests` | replayed before serving |
"""


def write(
    directory: pathlib.Path,
    name: str,
    model: Any,
    metadata: dict[str, Any],
) -> None:
    """Writes the card into the SavedModel.

    Args:
        directory: of the SavedModel.
        name: of the model.
        model: a GenerativeModel.
        metadata: of the manifest.
    """
    doc = (type(model).__doc__ or type(model).__name__).strip()
    endpoints = model.endpoints()
    text = _TEXT.format(
        **metadata["versions"],
        name=name,
        what=doc.partition("\n")[0],
        created=metadata["created"],
        class_name=metadata["class_name"],
        weights=model.count_params(),
        steps=int(model.step.value),
        endpoints=_endpoints(endpoints),
        config=_config(model.config),
        default=next(iter(endpoints)),
        manifest=artifacts.MANIFEST,
    )
    (directory / NAME).write_text(text)


def _endpoints(endpoints: dict[str, Any]) -> str:
    rows = ["| endpoint | takes | gives |", "| --- | --- | --- |"]
    for name, each in endpoints.items():
        takes, gives = _tensors(each.inputs), _tensors(each.outputs)
        rows.append(f"| `{name}`: {each.doc} | {takes} | {gives} |")
    return "\n".join(rows)


def _tensors(specs: dict[str, spec.Spec]) -> str:
    return "<br>".join(
        f"`{name}` {each.dtype} [{', '.join(_sizes(each))}]"
        f"{_limits(each)}. {each.doc}"
        for name, each in specs.items()
    )


def _sizes(each: spec.Spec) -> list[str]:
    return ["B", *("?" if s is None else str(s) for s in each.shape)]


def _limits(each: spec.Spec) -> str:
    if each.low is None and each.high is None:
        return ""
    low = "" if each.low is None else f" from {each.low:g}"
    high = "" if each.high is None else f" to {each.high:g}"
    return low + high


def _config(config: Any) -> str:
    rows = ["| field | value | meaning |", "| --- | --- | --- |"]
    for each in dataclasses.fields(config):
        value = getattr(config, each.name)
        doc = each.metadata["doc"].replace("|", "\\|")
        rows.append(f"| `{each.name}` | `{value!r}` | {doc} |")
    return "\n".join(rows)
