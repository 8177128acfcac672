"""EfficientNet-Lite0 with the weights of an npz file.

    classify = weights.efficientnet_lite0("efficientnet_lite0.npz")
    changed = attacks.PGD(epsilon=2 / 255)(classify, images, labels)

The file holds the tensors of the PyTorch port by their names there, such as
`_blocks.3._depthwise_conv.weight`, [O, I, h, w]; float16 is read as float32.

Reference: Tan and Le 2019, arXiv 1905.11946.
"""

import os

import keras
import numpy as np

from keras_gen import networks
from keras_gen.weights import named_arrays, npz

_TABLE = {
    "stem_conv": "_conv_stem",
    "stem_norm": "_bn0",
    **named_arrays.within(
        {"block_#": "_blocks.#"},
        {
            "expand_conv": "_expand_conv",
            "depthwise_conv": "_depthwise_conv",
            "project_conv": "_project_conv",
            "norm_#": "_bn#",
        },
    ),
    "head_conv": "_conv_head",
    "head_norm": "_bn1",
    "logits": "_fc",
}
_LOGITS = "_fc.bias"


def efficientnet_lite0(path: str | os.PathLike) -> keras.Model:
    """A classifier of photographs, as attacks take it.

    Args:
        path: npz file of its weights.

    Returns:
        [B, 224, 224, 3] in [-1, 1] -> logits [B, V], V as in the file; 1,000
        classes of ImageNet.

    Raises:
        ValueError: the file cannot be read, lacks a tensor, has one too many,
            or one of another shape.
    """
    arrays = npz.read(path)
    # A map that is filtered by itself: one output there, one input here.
    arrays = {
        name: np.moveaxis(array, 0, 1) if "_depthwise_" in name else array
        for name, array in arrays.items()
    }
    classes = {"num_classes": len(arrays[_LOGITS])} if _LOGITS in arrays else {}
    network = networks.efficientnet_lite0(**classes, dtype="float32")
    named_arrays.load(arrays, (network, _TABLE))
    return network
