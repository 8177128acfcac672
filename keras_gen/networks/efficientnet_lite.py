"""EfficientNet-Lite0, a classifier of photographs that is quick on a phone.

A block widens its maps sixfold by a convolution of size 1, filters each map by
itself, and narrows them again; where neither size nor width changes, its input
is added. Every convolution has batch normalisation behind it, and a ReLU that
ends at 6 behind all but the narrow ones. Unlike EfficientNet-B0 it has neither
squeeze-and-excitation nor swish, which 8-bit phones dislike.

Reference: Tan and Le 2019, arXiv 1905.11946, Table 1, for the blocks; Sandler
et al. 2018, arXiv 1801.04381, section 3, for what is in one.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras

# (blocks, size of the kernel, stride of the first, widening, width).
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_STEM, _HEAD = 32, 1280
_EPSILON = 1e-3


def efficientnet_lite0(
    image_shape: Sequence[int] = (224, 224, 3),
    num_classes: int = 1000,
    *,
    seed: int = 0,
    dtype: Any = None,
    name: str = "efficientnet_lite0",
) -> keras.Model:
    """A classifier of photographs, 4.7 million weights with 1,000 classes.

    Args:
        image_shape: (H, W, C); weights of others are for 224x224 RGB.
        num_classes: V.
        seed: of the first weights.
        dtype: Keras precision policy; logits are float32 all the same.
        name: of the network.

    Returns:
        [B, H, W, C] in [-1, 1] -> logits [B, V].
    """
    made = _Layers(seed, dtype)
    inputs = keras.Input(tuple(image_shape))
    # Levels x of 0..255 enter as (x - 127) / 128.
    x = keras.layers.Rescaling(127.5 / 128, 0.5 / 128, dtype=dtype)(inputs)
    x = made.conv("stem_conv", _STEM, 3, 2)(x)  # [B, H / 2, W / 2, 32]
    x = made.relu6(made.norm("stem_norm")(x))
    index = 0
    for num_blocks, size, stride, widening, width in _STAGES:
        for block in range(num_blocks):
            first = stride if block == 0 else 1
            x = _block(made, f"block_{index}", x, size, first, widening, width)
            index += 1
    x = made.conv("head_conv", _HEAD, 1, 1)(x)  # [B, H / 32, W / 32, 1280]
    x = made.relu6(made.norm("head_norm")(x))
    x = keras.layers.GlobalAveragePooling2D(dtype=dtype)(x)  # [B, 1280]
    logits = keras.layers.Dense(
        num_classes,
        kernel_initializer=made.initializer(),
        dtype=dtype,
        name="logits",
    )(x)  # [B, V]
    logits = keras.layers.Activation("linear", dtype="float32")(logits)
    return keras.Model(inputs, logits, name=name)


def _block(made, name, x, size, stride, widening, width):
    """The inverted residual block of MobileNetV2."""
    start, before = x, x.shape[-1]
    if widening > 1:
        x = made.conv(f"{name}_expand_conv", widening * before, 1, 1)(x)
        x = made.relu6(made.norm(f"{name}_norm_0")(x))
    x = made.depthwise(f"{name}_depthwise_conv", size, stride)(x)
    x = made.relu6(made.norm(f"{name}_norm_1")(x))
    x = made.conv(f"{name}_project_conv", width, 1, 1)(x)
    x = made.norm(f"{name}_norm_2")(x)
    if stride == 1 and before == width:
        x = keras.layers.Add(dtype=x.dtype)([x, start])
    return x


class _Layers:
    """Layers of one precision whose first weights follow from one seed."""

    def __init__(self, seed: int, dtype: Any) -> None:
        self._seed = 1000 * seed
        self._dtype = dtype

    def initializer(self) -> keras.initializers.Initializer:
        self._seed += 1
        return keras.initializers.HeNormal(seed=self._seed)

    def conv(self, name: str, width: int, size: int, stride: int) -> Callable:
        return keras.layers.Conv2D(
            width,
            size,
            stride,
            padding="same",
            use_bias=False,
            kernel_initializer=self.initializer(),
            dtype=self._dtype,
            name=name,
        )

    def depthwise(self, name: str, size: int, stride: int) -> Callable:
        # He et al.'s, of size * size inputs: Keras would count all maps.
        self._seed += 1
        initializer = keras.initializers.RandomNormal(
            stddev=math.sqrt(2.0) / size, seed=self._seed
        )
        return keras.layers.DepthwiseConv2D(
            size,
            stride,
            padding="same",
            use_bias=False,
            depthwise_initializer=initializer,
            dtype=self._dtype,
            name=name,
        )

    def norm(self, name: str) -> Callable:
        return keras.layers.BatchNormalization(
            epsilon=_EPSILON, dtype=self._dtype, name=name
        )

    def relu6(self, x: keras.KerasTensor) -> keras.KerasTensor:
        return keras.layers.ReLU(6.0, dtype=self._dtype)(x)
