"""The weights of InceptionV3 in an npz file.

Convolution n, in the order in which Keras builds them, has

    NN/<name>/kernel   [h, w, in, out]
    NN/<name>/beta, mean, var   [out], of its batch normalisation without scale

with NN from 00 to 93; <name> is free. float16 is read as float32.
"""

import os
import pathlib

import keras
import numpy as np

from keras_gen.weights import npz

_PARTS = ("kernel", "beta", "mean", "var")


def load(network: keras.Model, path: str | os.PathLike) -> None:
    """Assigns every array of the file to its place in the network.

    Args:
        network: a `keras.applications.InceptionV3` without its top.
        path: of the npz file.

    Raises:
        ValueError: the file cannot be read, lacks a weight, has one too many,
            or one of another shape; nothing is assigned then.
    """
    given = _read(pathlib.Path(path))
    wanted = dict(_variables(network))
    missing, unknown = (
        wanted.keys() - given.keys(),
        given.keys() - wanted.keys(),
    )
    if missing or unknown:
        raise ValueError(
            f"`path` must hold {len(wanted)} arrays NN/<name>/<part>, NN from "
            f"00 and <part> of {', '.join(_PARTS)}. {path} lacks "
            f"{_some(missing)} and has {_some(unknown)} besides. Take the "
            "weights of InceptionV3 without its top."
        )
    for key, variable in wanted.items():
        if given[key].shape != tuple(variable.shape):
            raise ValueError(
                f"`path` must hold {key} of shape {list(variable.shape)}. "
                f"{path} has shape {list(given[key].shape)}: its convolutions "
                "are of another network or in another order."
            )
    for key, variable in wanted.items():
        variable.assign(given[key].astype(np.float32))


def _variables(network: keras.Model):
    """("NN/part", variable) of all layers, in the order they were built in.

    `network.layers` is sorted by depth; the names count.
    """
    kinds = keras.layers.Conv2D, keras.layers.BatchNormalization
    convolutions, normalisations = (
        sorted((x for x in network.layers if isinstance(x, kind)), key=number)
        for kind in kinds
    )
    pairs = zip(convolutions, normalisations, strict=True)
    for i, (convolution, norm) in enumerate(pairs):
        yield f"{i:02d}/kernel", convolution.kernel
        yield f"{i:02d}/beta", norm.beta
        yield f"{i:02d}/mean", norm.moving_mean
        yield f"{i:02d}/var", norm.moving_variance


def number(layer: keras.Layer) -> int:
    """When a layer was built: 7 for "conv2d_7", 0 for "conv2d"."""
    tail = layer.name.rpartition("_")[2]
    return int(tail) if tail.isdigit() else 0


def _read(path: pathlib.Path) -> dict[str, np.ndarray]:
    """{"NN/part": array}."""
    found = {}
    for key, array in npz.read(path).items():
        number, _, rest = key.partition("/")
        short = f"{number}/{rest.rpartition('/')[2]}"
        if short in found:
            raise ValueError(
                f"`path` must hold {short} once. {path} has it twice, the "
                f"second time as {key}."
            )
        found[short] = array
    return found


def _some(keys: set[str]) -> str:
    first = ", ".join(sorted(keys)[:3]) or "nothing"
    return first + (f", ... ({len(keys)})" if len(keys) > 3 else "")
