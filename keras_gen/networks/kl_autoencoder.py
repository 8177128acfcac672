"""The autoencoder of latent diffusion: images to small maps, and back.

    kl_encoder   conv_in; at each level `num_blocks` residual blocks and, but at
                 the last, a convolution with stride 2; the middle; norm_out,
                 conv_out, quant_conv
    middle       residual block, attention of one head, residual block
    kl_decoder   post_quant_conv, conv_in, the middle; at each level, the
                 smallest first, `num_blocks + 1` residual blocks and, but at
                 the last, twice the size; norm_out, conv_out

The encoder returns means and log variances of normal distributions, as the
network gives them: whoever draws from these clips the log variances to
[-30, 20]. Latent diffusion multiplies what was drawn by 0.18215.

With (None, None, C) one network serves images of all sizes. The middle takes
memory by the square of h w.

The defaults are Stable Diffusion's version 1: 34,163,664 and 49,490,199
parameters.

Differs from the paper's code: new residual blocks start as their shortcuts.

Reference: Rombach et al. 2021, arXiv 2112.10752, section 3.1; Esser et al.
2020, arXiv 2012.09841, for the architecture; Kingma and Welling 2013, arXiv
1312.6114.
"""

from collections.abc import Sequence
from typing import Any

import keras

from keras_gen.networks import unet_blocks

_WIDTHS = (128, 256, 512, 512)
_EPSILON = 1e-6
# Only below and on the right, where stride 2 would leave out the last pixels.
_PADDING = ((0, 1), (0, 1))


def kl_encoder(
    image_shape: Sequence[int | None] = (None, None, 3),
    *,
    widths: Sequence[int] = _WIDTHS,
    num_blocks: int = 2,
    latent_channels: int = 4,
    num_groups: int = 32,
    dtype: Any = None,
    name: str = "kl_encoder",
) -> keras.Model:
    """Images to the moments of their latent maps.

    Args:
        image_shape: (H, W, C); H and W must divide by 2 for each level but the
            first, also where they are None, for any.
        widths: channels of each level, from the picture's side.
        num_blocks: residual blocks of a level.
        latent_channels: Z.
        num_groups: of group normalization; must divide all widths.
        dtype: Keras precision policy; the output is float32 all the same.
        name: of the network.

    Returns:
        images [B, H, W, C] in [-1, 1] -> [B, h, w, 2 Z] float32: Z means, then
        Z log variances, not clipped. h is H / 2^(levels - 1).

    Raises:
        ValueError: for sizes that do not divide.
    """
    unet_blocks.check_shape("image_shape", image_shape, len(widths))
    unet_blocks.check_divisor("num_groups", num_groups, widths)
    blocks = _blocks(num_groups, dtype)
    images = keras.Input(tuple(image_shape), name="images")
    x = blocks.convolution(widths[0], 3, "conv_in")(images)
    for level, width in enumerate(widths):
        for index in range(num_blocks):
            x = blocks.residual(x, None, width, f"down_{level}_block_{index}")
        if level + 1 < len(widths):
            x = blocks.downsampled(x, f"down_{level}_downsample", _PADDING)
    x = _middle(blocks, x)
    x = blocks.normalized(x, "norm_out")
    x = blocks.convolution(2 * latent_channels, 3, "conv_out")(x)
    x = blocks.convolution(2 * latent_channels, 1, "quant_conv")(x)
    return keras.Model(images, _float32(x), name=name)


def kl_decoder(
    latent_shape: Sequence[int | None] = (None, None, 4),
    *,
    widths: Sequence[int] = _WIDTHS,
    num_blocks: int = 2,
    output_channels: int = 3,
    num_groups: int = 32,
    dtype: Any = None,
    name: str = "kl_decoder",
) -> keras.Model:
    """Latent maps to images.

    Args:
        latent_shape: (h, w, Z); h and w may be None, for any.
        widths: channels of each level, from the picture's side.
        num_blocks: that of the encoder; each level here has one block more.
        output_channels: C.
        num_groups: of group normalization; must divide all widths.
        dtype: Keras precision policy; the output is float32 all the same.
        name: of the network.

    Returns:
        latent [B, h, w, Z], as drawn from the encoder's moments, ->
        [B, H, W, C] float32, near [-1, 1], not clipped. H is h 2^(levels - 1).

    Raises:
        ValueError: for sizes that do not divide.
    """
    if len(latent_shape) != 3:
        raise ValueError(
            "`latent_shape` must be (h, w, Z). Received "
            f"{tuple(latent_shape)}: give (None, None, Z) for any h and w."
        )
    unet_blocks.check_divisor("num_groups", num_groups, widths)
    blocks = _blocks(num_groups, dtype)
    latent = keras.Input(tuple(latent_shape), name="latent")
    x = blocks.convolution(latent_shape[2], 1, "post_quant_conv")(latent)
    x = blocks.convolution(widths[-1], 3, "conv_in")(x)
    x = _middle(blocks, x)
    for step, width in enumerate(reversed(widths)):
        for index in range(num_blocks + 1):
            x = blocks.residual(x, None, width, f"up_{step}_block_{index}")
        if step + 1 < len(widths):
            x = blocks.upsampled(x, f"up_{step}_upsample")
    x = blocks.normalized(x, "norm_out")
    x = blocks.convolution(output_channels, 3, "conv_out")(x)
    return keras.Model(latent, _float32(x), name=name)


def _blocks(num_groups: int, dtype: Any) -> unet_blocks.Blocks:
    return unet_blocks.Blocks(num_groups, 1, dtype, _EPSILON)


def _middle(blocks: unet_blocks.Blocks, x: Any) -> Any:
    width = x.shape[-1]
    x = blocks.residual(x, None, width, "middle_block_0")
    x = blocks.attention(x, "middle_attention_0")
    return blocks.residual(x, None, width, "middle_block_1")


def _float32(x: Any) -> Any:
    return keras.layers.Activation("linear", dtype="float32", name="output")(x)
