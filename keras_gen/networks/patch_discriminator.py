"""PatchGAN: a logit for each patch of an image.

    conv 4x4, stride 2, leaky ReLU
    conv 4x4, stride 2, group norm, leaky ReLU     for each width but the last
    conv 4x4, stride 1, group norm, leaky ReLU     for the last width
    conv 4x4, stride 1                             one logit a position

It sees no more than a patch at a time, 70x70 pixels with four widths, and so
judges texture, which a pixelwise loss blurs; the whole is left to that loss.
Weights start as N(0, 0.02).

Differs from the paper: group normalization instead of batch normalization. An
image is judged by itself, and several devices judge as one does.

Reference: Isola et al. 2016, arXiv 1611.07004, section 3.2.2 and appendix
6.1.2; Esser et al. 2020, arXiv 2012.09841, section 3.1, for its use.
"""

from collections.abc import Sequence
from typing import Any

import keras

from keras_gen import layers
from keras_gen.networks import unet_blocks

_KERNEL_SIZE = 4


def patch_discriminator(
    image_shape: Sequence[int | None] = (None, None, 3),
    widths: Sequence[int] = (64, 128, 256, 512),
    *,
    num_groups: int = 32,
    dtype: Any = None,
    name: str = "discriminator",
) -> keras.Model:
    """Convolutions from an image to a map of logits.

    Args:
        image_shape: (H, W, C); H and W may be None, for any.
        widths: channels of each convolution but that to the logits; the last
            one keeps the size, those before it halve it.
        num_groups: of group normalization; must divide all widths but the
            first.
        dtype: Keras precision policy; the output is float32 all the same.
        name: of the network.

    Returns:
        images [B, H, W, C] -> logits [B, h, w, 1] float32, large where a patch
        looks real; 30x30 of 256x256 pixels with four widths.

    Raises:
        ValueError: no width, groups that do not divide, or images so small
            that no patch is left.

    Reference: Isola et al. 2016, arXiv 1611.07004.
    """
    if not widths:
        raise ValueError(
            "`widths` must name at least one convolution. Received: (). Give "
            "(64, 128, 256, 512) for the patches of the paper."
        )
    unet_blocks.check_divisor("num_groups", num_groups, widths[1:])
    _check_size(image_shape, len(widths))
    images = x = keras.Input(tuple(image_shape), name="images")
    for index, width in enumerate(widths):
        strides = 1 if index + 1 == len(widths) else 2
        x = _convolved(x, width, strides, not index, dtype, f"map_{index}")
        if index:
            x = layers.GroupNorm(
                num_groups, dtype=dtype, name=f"map_{index}_norm"
            )(x)
        x = keras.layers.LeakyReLU(0.2, dtype=dtype)(x)
    x = _convolved(x, 1, 1, True, dtype, "logits")
    x = keras.layers.Activation("linear", dtype="float32", name="output")(x)
    return keras.Model(images, x, name=name)


def _convolved(x, width, strides, use_bias, dtype, name):
    """One row and column of zeros on each side, as in the paper's code."""
    x = keras.layers.ZeroPadding2D(1, dtype=dtype, name=f"{name}_pad")(x)
    return keras.layers.Conv2D(
        width,
        _KERNEL_SIZE,
        strides=strides,
        use_bias=use_bias,
        kernel_initializer=keras.initializers.RandomNormal(0.0, 0.02),
        dtype=dtype,
        name=name,
    )(x)


def _check_size(shape: Sequence[int | None], num_layers: int) -> None:
    # Two convolutions with stride 1 take a row each, and one must be left.
    least = 3 * 2 ** (num_layers - 1)
    sizes = [size for size in shape[:2] if size is not None]
    if len(shape) != 3 or any(size < least for size in sizes):
        raise ValueError(
            "`image_shape` must be (H, W, C) with H and W of at least "
            f"{least}, as `widths` has {num_layers} convolutions. Received "
            f"{tuple(shape)}: give fewer widths, or larger images."
        )
