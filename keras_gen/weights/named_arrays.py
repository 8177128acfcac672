"""Weights by name: arrays of a PyTorch file to the variables of a network.

A table says which layer is which module. `#` stands for a number, and numbers
keep their order:

    "down_#_block_#_conv_#": "down_blocks.#.resnets.#.conv#"

A kernel is [O, I] or [O, I, h, w] there and [I, O] or [h, w, I, O] here; a
dense layer and a convolution of size 1 are the same thing. All else is equal.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import keras
import numpy as np

# Variables of Keras layers by what PyTorch calls them.
_PARAMETERS = {
    "beta": "bias",
    "bias": "bias",
    "embeddings": "weight",
    "gamma": "weight",
    "kernel": "weight",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
_NUMBER = re.compile(r"\d+")


def load(
    arrays: Mapping[str, Any],
    *tables: tuple[keras.Model, Mapping[str, str]],
) -> None:
    """Assigns every array to its variable; all of them, or none.

    Args:
        arrays: {name: array} of the file; float16 is read as float32.
        *tables: the networks to fill, each with {layer: module} of all its
            layers with variables.

    Raises:
        ValueError: a variable has no array, an array no variable, or their
            shapes differ; nothing is assigned then.
    """
    variables = {
        name: variable
        for network, table in tables
        for name, variable in _variables(network, table)
    }
    names = " and ".join(f"`{network.name}`" for network, _ in tables)
    _check_names(names, arrays, variables)
    found = {
        name: _ours(np.asarray(arrays[name]), variable)
        for name, variable in variables.items()
    }
    _check_shapes(names, arrays, variables, found)
    for name, variable in variables.items():
        variable.assign(found[name].astype(np.float32))


def renamed(
    arrays: Mapping[str, Any], replacements: Mapping[str, str]
) -> dict[str, Any]:
    """The arrays of an older file by their newer names.

    Args:
        arrays: {name: array}.
        replacements: {part of a name: what stands there now}.

    Raises:
        ValueError: two of them would have the same name.
    """
    found = {}
    for name, array in arrays.items():
        new = name
        for old, now in replacements.items():
            new = new.replace(old, now)
        if new in found:
            raise ValueError(
                f"`arrays` must hold {new} once. Received it twice, the second "
                f"time as {name}: leave one of them out."
            )
        found[new] = array
    return found


def within(
    places: Mapping[str, str], parts: Mapping[str, str]
) -> dict[str, str]:
    """The rows of a table for blocks: all `parts` of all `places`.

    Args:
        places: {our name of a block: theirs}.
        parts: {our name of a layer in it: theirs}.
    """
    return {
        f"{ours}_{our_part}": f"{theirs}.{their_part}"
        for ours, theirs in places.items()
        for our_part, their_part in parts.items()
    }


def _variables(network: keras.Model, table: Mapping[str, str]):
    """(their name, variable) of all variables.

    A variable is named from its layer on: its path may begin elsewhere.
    """
    for layer in network.layers:
        for variable in layer.variables:
            inside = variable.path.rpartition(f"{layer.name}/")[2]
            *parts, parameter = inside.split("/")
            module = _module("/".join([layer.name, *parts]), table)
            yield f"{module}.{_PARAMETERS[parameter]}", variable


def _module(layer: str, table: Mapping[str, str]) -> str:
    pattern = _NUMBER.sub("#", layer)
    if pattern not in table:
        raise ValueError(
            "`network` must be of the kind that the file is of. Received one "
            f"with the layer {layer}, which such files lack: build it with the "
            "function that the loader names."
        )
    numbers = iter(_NUMBER.findall(layer))
    return re.sub("#", lambda _: next(numbers), table[pattern])


def _ours(array: np.ndarray, variable: Any) -> np.ndarray:
    """Their array in the order of our axes; other shapes stay wrong."""
    rank = len(variable.shape)
    if variable.name != "kernel" or array.ndim not in (2, 4):
        return array
    if array.ndim == 2:
        array = array[:, :, None, None]
    maps = array.transpose(2, 3, 1, 0)
    return maps[0, 0] if rank == 2 and maps.shape[:2] == (1, 1) else maps


def _their_shape(variable: Any) -> list[int]:
    shape = list(variable.shape)
    if variable.name != "kernel":
        return shape
    return [*shape[:-3:-1], *shape[:-2]]


def _check_names(networks, arrays, variables):
    missing = variables.keys() - arrays.keys()
    unknown = arrays.keys() - variables.keys()
    if missing or unknown:
        raise ValueError(
            f"`arrays` must hold the {len(variables)} tensors of "
            f"{networks}. They lack {_some(missing)} and have "
            f"{_some(unknown)} besides. Take the file of this network, and "
            "build the network in the sizes of the file."
        )


def _check_shapes(networks, arrays, variables, found):
    wrong = [
        f"{name} of shape {list(np.shape(arrays[name]))} where "
        f"{_their_shape(variable)} is needed"
        for name, variable in variables.items()
        if found[name].shape != tuple(variable.shape)
    ]
    if wrong:
        raise ValueError(
            f"`arrays` must fit {networks}. Received {_some(wrong, '; ')}: "
            "build the network in the sizes of the file."
        )


def _some(names: Iterable[str], separator: str = ", ") -> str:
    """The first three of `names`, and how many there are."""
    names = sorted(names)
    first = separator.join(names[:3]) or "nothing"
    return first + (f", ... ({len(names)})" if len(names) > 3 else "")
