"""Golden pairs: what each endpoint was asked and what the model answered.

They are made by the model in Python and travel with the SavedModel. Whoever
loads it, on whatever machine, can ask the same and must get the same. There
are batches of two sizes, so a reader can also ask for their rows one by one.

Format: `assets.extra/golden.npz` with arrays called

    INDEX/ENDPOINT/inputs/NAME    INDEX/ENDPOINT/outputs/NAME

Strings are kept as bytes and lengths, under `.../NAME/bytes` and
`.../NAME/sizes`, since NumPy would cut zero bytes off their end.
"""

import pathlib
import zipfile
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

import numpy as np

from keras_gen import artifacts

PATH = "assets.extra/golden.npz"
BATCH_SIZES = (1, 3)


class Pair(NamedTuple):
    """One request and its answer, each {name: array [B, ...]}."""

    endpoint: str
    inputs: dict[str, np.ndarray]
    outputs: dict[str, np.ndarray]

    @property
    def num_rows(self) -> int:
        """B."""
        return len(next(iter(self.inputs.values())))

    def rows(self) -> list["Pair"]:
        """One Pair for each row, with B = 1."""
        return [
            Pair(
                self.endpoint,
                {k: v[row : row + 1] for k, v in self.inputs.items()},
                {k: v[row : row + 1] for k, v in self.outputs.items()},
            )
            for row in range(self.num_rows)
        ]


def make(model: Any) -> list[Pair]:
    """Asks every endpoint of a GenerativeModel for each batch size."""
    endpoints = model.endpoints()

    def ask(name, inputs):
        answer = model.run(name, **inputs)
        return {k: np.asarray(v) for k, v in answer.items()}

    pairs = []
    for num_rows in BATCH_SIZES:
        inputs = {
            name: each.example_inputs(num_rows, seed=num_rows)
            for name, each in endpoints.items()
        }
        given = [n for n, each in endpoints.items() if each.example is not None]
        pairs += chained(inputs, ask, given)
    return pairs


def chained(
    inputs: Mapping[str, Mapping[str, np.ndarray]],
    ask: Callable[[str, dict[str, np.ndarray]], dict[str, np.ndarray]],
    given: Collection[str] = (),
) -> list[Pair]:
    """Asks endpoint after endpoint, each with what those before have answered.

    A random image says little about an encoder. So an input with the name,
    row shape and type of an earlier output is replaced by that output.

    Args:
        inputs: {endpoint: {name: array [B, ...]}}, with equal B.
        ask: answers (endpoint, inputs).
        given: endpoints whose inputs are kept.

    Returns:
        A Pair for each endpoint.
    """
    pairs, answers = [], {}
    for endpoint, asked in inputs.items():
        known = {} if endpoint in given else answers
        asked = {k: known.get(_kind(k, v), v) for k, v in asked.items()}
        pairs.append(Pair(endpoint, asked, ask(endpoint, asked)))
        for name, value in pairs[-1].outputs.items():
            answers.setdefault(_kind(name, value), value)
    return pairs


def write(directory: pathlib.Path, pairs: list[Pair]) -> None:
    """Writes `pairs` into the SavedModel in `directory`."""
    arrays = {}
    for index, pair in enumerate(pairs):
        for side in ("inputs", "outputs"):
            for name, value in getattr(pair, side).items():
                key = f"{index}/{pair.endpoint}/{side}/{name}"
                arrays |= _packed(key, value)
    path = directory / PATH
    path.parent.mkdir(exist_ok=True)
    np.savez_compressed(path, **arrays)


def read(directory: pathlib.Path) -> list[Pair]:
    """Reads the pairs of the SavedModel in `directory`.

    Raises:
        ArtifactError: there are none, or the file is not what `write` writes.
    """
    path = directory / PATH
    try:
        with np.load(path, allow_pickle=False) as file:
            return _pairs({key: file[key] for key in file.files})
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise artifacts.ArtifactError(
            f"{path} holds no golden pairs ({error}). Export the model again "
            "with `python -m export.saved_model`."
        ) from error


def _kind(name: str, value: np.ndarray) -> tuple:
    return name, value.shape[1:], value.dtype


def _pairs(arrays: dict[str, np.ndarray]) -> list[Pair]:
    pairs = {}
    for key, value in arrays.items():
        index, endpoint, side, name, *part = key.split("/")
        pair = pairs.setdefault(int(index), Pair(endpoint, {}, {}))
        if part == ["sizes"]:
            continue
        if part:
            value = _unpacked(
                value, arrays[key.removesuffix("bytes") + "sizes"]
            )
        getattr(pair, side)[name] = value
    if not pairs:
        raise ValueError("it is empty")
    return [pairs[index] for index in sorted(pairs)]


def _packed(key: str, value: np.ndarray) -> dict[str, np.ndarray]:
    if value.dtype.kind not in "OSU":
        return {key: value}
    strings = [bytes(each) for each in value.ravel()]
    sizes = np.reshape([len(each) for each in strings], value.shape)
    joined = np.frombuffer(b"".join(strings), np.uint8)
    return {f"{key}/bytes": joined, f"{key}/sizes": sizes}


def _unpacked(joined: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    ends = np.cumsum(sizes.ravel())
    strings = np.empty(sizes.size, dtype=object)
    for index, (end, size) in enumerate(zip(ends, sizes.flat, strict=True)):
        strings[index] = joined[end - size : end].tobytes()
    return strings.reshape(sizes.shape)
