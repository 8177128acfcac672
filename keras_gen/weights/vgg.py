"""VGG-19 and the decoder of AdaIN with trained weights.

    features = weights.vgg19("vgg19.npz", layers=["block4_conv2"])

An npz file holds `<layer>/kernel` [3, 3, in, out] and `<layer>/bias` [out] for
each convolution, float16 or float32; a file of Keras (.h5) is one of
`keras.applications.VGG19` without its top; "imagenet" is that one, which Keras
downloads.

Reference: Simonyan and Zisserman 2014, arXiv 1409.1556; Huang and Belongie
2017, arXiv 1703.06868, for the decoder.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from keras_gen import networks
from keras_gen.networks import vgg
from keras_gen.weights import npz


def vgg19(
    path: str | os.PathLike,
    layers: Sequence[str] = vgg.LAYERS,
    **options: Any,
) -> keras.Model:
    """VGG-19 up to the deepest of `layers`, frozen.

    Args:
        path: an npz or .h5 file, or "imagenet".
        layers: whose features are wanted.
        **options: of `networks.vgg19`.

    Returns:
        images [B, H, W, 3] in [-1, 1] -> {layer: [B, h, w, c]}.

    Raises:
        ValueError: no such layer, or the file is not one of VGG-19.
        OSError: "imagenet" cannot be downloaded.
    """
    network = networks.vgg19(layers, **options)
    network.trainable = False
    _assign(network, _arrays(path), path, all_of=False)
    return network


def adain_decoder(path: str | os.PathLike, **options: Any) -> keras.Model:
    """The decoder of AdaIN, from `block4_conv1` to images.

    Args:
        path: npz file with `convN/kernel` and `convN/bias`, N from 0 to 8.
        **options: of `networks.adain_decoder`.

    Returns:
        [B, h, w, 512] -> images [B, 8 h, 8 w, 3].

    Raises:
        ValueError: the file is not one of this decoder.
    """
    network = networks.adain_decoder(**options)
    _assign(network, npz.read(path), path, all_of=True)
    return network


def _arrays(path) -> Mapping[str, np.ndarray]:
    """{"layer/kernel" or "layer/bias": array} of a file of VGG-19."""
    if str(path) == "imagenet":
        whole = _downloaded()
    elif str(path).endswith(".h5"):
        whole = _of_keras_file(path)
    else:
        return npz.read(path)
    return {
        f"{layer.name}/{name}": array
        for layer in whole.layers
        if layer.weights
        for name, array in zip(
            ("kernel", "bias"), layer.get_weights(), strict=True
        )
    }


def _downloaded() -> keras.Model:
    try:
        return keras.applications.VGG19(include_top=False, weights="imagenet")
    except Exception as error:  # Keras has no narrower one for its downloads.
        raise OSError(
            "VGG-19 cannot be downloaded. Where there is no network, give the "
            "npz or .h5 file of its weights as `path` (`--vgg_file`). Received "
            f"from Keras: {error}"
        ) from error


def _of_keras_file(path) -> keras.Model:
    try:
        return keras.applications.VGG19(include_top=False, weights=str(path))
    except (OSError, KeyError, ValueError) as error:
        raise ValueError(
            "`path` must be an npz or .h5 file of VGG-19 without its top, or "
            f"imagenet. {path} does not fit: {error}"
        ) from error


def _assign(network, arrays, path, all_of) -> None:
    """Every variable from its array; nothing if one does not fit."""
    wanted = {
        f"{layer.name}/{variable.name}": variable
        for layer in network.layers
        for variable in layer.weights
    }
    wrong = [
        f"{name} of shape {_show(arrays.get(name))} instead of "
        f"{list(variable.shape)}"
        for name, variable in wanted.items()
        if np.shape(arrays.get(name)) != tuple(variable.shape)
    ]
    if all_of:
        wrong += [f"{each} besides" for each in arrays.keys() - wanted.keys()]
    if wrong:
        more = f", and {len(wrong) - 1} more" if wrong[1:] else ""
        raise ValueError(
            f"`path` must hold the weights of {network.name}. {path} has "
            f"{wrong[0]}{more}: it is of another network."
        )
    for name, variable in wanted.items():
        variable.assign(np.float32(arrays[name]))


def _show(array) -> str:
    return "nothing" if array is None else str(list(np.shape(array)))
