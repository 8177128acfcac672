"""Normalizations of feature maps by name.

batch      over a channel of the batch (Ioffe and Szegedy 2015)
instance   over a channel of one image (Ulyanov et al. 2016)
layer      over all of one image (Ba et al. 2016)
none       nothing
"""

from collections.abc import Callable
from typing import Any

import keras

from keras_gen.layers import batch_norm

_EPSILON = 1e-5


def _batch(**options: Any) -> keras.layers.Layer:
    return batch_norm.BatchNorm(momentum=0.9, epsilon=_EPSILON, **options)


def _instance(**options: Any) -> keras.layers.Layer:
    return keras.layers.GroupNormalization(-1, epsilon=_EPSILON, **options)


def _layer(**options: Any) -> keras.layers.Layer:
    return keras.layers.GroupNormalization(1, epsilon=_EPSILON, **options)


def _none(gamma_initializer: Any = None, **options: Any) -> keras.layers.Layer:
    del gamma_initializer
    # Keras' Identity cannot be saved with a precision policy.
    return keras.layers.Activation("linear", **options)


NORMS: dict[str, Callable[..., keras.layers.Layer]] = {
    "batch": _batch,
    "instance": _instance,
    "layer": _layer,
    "none": _none,
}
