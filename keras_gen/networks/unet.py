"""The U-Net of diffusion models: noisy images and a time to what is asked.

    conv_in     to widths[0] channels
    down_0 ...  at each level `num_blocks` residual blocks, with transformers
                at chosen levels; a convolution with stride 2 to the next level
    middle      residual block, transformer, residual block
    up_0 ...    from the smallest level on: `num_blocks + 1` residual blocks,
                each beside one of the maps of the way down, the last in first
    conv_out    group normalization, SiLU, a convolution that starts at zero

This is the network of Stable Diffusion v1 at any size: that one is widths (320,
640, 1280, 1280), attention_levels (0, 1, 2), num_heads 8, num_groups 32 and
context_size 768. As there, `up_0` is the smallest level.

What comes out is zero until the network is trained, for `conv_out` starts at
zero. An embedding of the class is added to that of the time.

Reference: Ho et al. 2020, arXiv 2006.11239, appendix B; Rombach et al. 2021,
arXiv 2112.10752; Ho and Salimans 2022, arXiv 2207.12598, for "no class".
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras

from keras_gen.networks import conditioning, unet_blocks

_TIME_FACTOR = 4
_CONTEXT_READERS = "_cross_keys_values"


def unet(
    image_shape: Sequence[int],
    *,
    widths: Sequence[int] = (32, 64, 64),
    num_blocks: int = 2,
    attention_levels: Sequence[int] = (2,),
    num_heads: int = 4,
    num_groups: int = 8,
    num_classes: int = 0,
    context_size: int = 0,
    output_channels: int | None = None,
    dtype: Any = None,
    name: str = "unet",
) -> keras.Model:
    """A U-Net with residual blocks and attention.

    Args:
        image_shape: (H, W, C); H and W must divide by 2 for each level but
            the first, also where they are None, for any.
        widths: channels of each level, from the picture's side.
        num_blocks: residual blocks of a level on the way down.
        attention_levels: indices of `widths` with a transformer behind each
            residual block. The middle always has one.
        num_heads: N, of attention.
        num_groups: of group normalization; must divide all widths.
        num_classes: V; 0 takes no labels. The label V means "no class".
        context_size: D, of the tokens of a context; 0 takes none.
        output_channels: those of the image where None.
        dtype: Keras precision policy; time and output are float32 all the same.
        name: of the network.

    Returns:
        [x [B, H, W, C], time [B], labels [B] int32, context [B, M, D]], the
        last two if there are any, -> [B, H, W, output_channels] float32. Time
        is any real number: periods are 2 pi to 2 pi 10 000.

    Raises:
        ValueError: for sizes that do not divide, and unknown levels.
    """
    _check(image_shape, widths, num_groups, num_heads, attention_levels)
    blocks = unet_blocks.Blocks(num_groups, num_heads, dtype)
    inputs = conditioning.inputs(image_shape, num_classes, context_size)
    embedding = conditioning.embedding(
        inputs, widths[0], _TIME_FACTOR * widths[0], num_classes
    )
    way = _Way(
        blocks,
        tuple(widths),
        num_blocks,
        frozenset(attention_levels),
        embedding,
        inputs.get("context"),
    )
    x = blocks.convolution(widths[0], 3, "conv_in")(inputs["x"])
    skips = way.down(x)
    x = way.middle(skips[-1])
    x = way.up(x, skips)
    x = blocks.normalized(x, "norm_out")
    size = image_shape[2] if output_channels is None else output_channels
    x = blocks.convolution(size, 3, "conv_out", zero=True)(x)
    x = keras.layers.Activation("linear", dtype="float32", name="output")(x)
    return keras.Model(list(inputs.values()), x, name=name)


class SplitUNet(NamedTuple):
    """A U-Net with a context in two parts, which share its weights.

    Attributes:
        read: context [B, M, D] -> a list of keys and values.
        network: [x, time, labels if any, *keys and values] -> as the U-Net.
    """

    read: keras.Function
    network: keras.Function


def split_unet(network: keras.Model) -> SplitUNet:
    """Parts what a U-Net does with its context from the rest.

    A prompt is the same in all steps of a sampler: `read` it once, and give
    what comes out to each step.

    Args:
        network: of `unet` with a context, new or loaded from a file.

    Returns:
        Its two parts.

    Raises:
        ValueError: if it takes no context.
    """
    readers = [x for x in network.layers if x.name.endswith(_CONTEXT_READERS)]
    if not readers:
        raise ValueError(
            "`network` must be a U-Net with a context. Received one that has "
            f"the inputs {[x.name for x in network.inputs]}: give `unet` a "
            "`context_size`."
        )
    *others, context = network.inputs
    keys_values = [x for reader in readers for x in reader.output]
    # Models from the middle of a graph would change it: Keras could not save
    # the U-Net any more.
    return SplitUNet(
        keras.Function(context, keys_values),
        keras.Function([*others, *keys_values], network.output),
    )


class _Way(NamedTuple):
    """Down and up again, with all that the blocks on the way are given."""

    blocks: unet_blocks.Blocks
    widths: tuple[int, ...]
    num_blocks: int
    attention_levels: frozenset[int]
    embedding: Any
    context: Any

    def down(self, x: Any) -> list[Any]:
        """All maps on the way, from the largest to the smallest."""
        skips = [x]
        for level in range(len(self.widths)):
            for index in range(self.num_blocks):
                x = self._block(x, level, f"down_{level}", index)
                skips.append(x)
            if level + 1 < len(self.widths):
                x = self.blocks.downsampled(x, f"down_{level}_downsample")
                skips.append(x)
        return skips

    def middle(self, x: Any) -> Any:
        width = self.widths[-1]
        x = self.blocks.residual(x, self.embedding, width, "middle_block_0")
        x = self.blocks.transformer(x, self.context, "middle_attention_0")
        return self.blocks.residual(x, self.embedding, width, "middle_block_1")

    def up(self, x: Any, skips: list[Any]) -> Any:
        """Maps of the size of the first of `skips`."""
        skips = list(skips)
        for step, level in enumerate(reversed(range(len(self.widths)))):
            stage = f"up_{step}"
            for index in range(self.num_blocks + 1):
                name = f"{stage}_skip_{index}"
                x = self.blocks.joined(x, skips.pop(), name)
                x = self._block(x, level, stage, index)
            if level:
                x = self.blocks.upsampled(x, f"{stage}_upsample")
        return x

    def _block(self, x: Any, level: int, stage: str, index: int) -> Any:
        x = self.blocks.residual(
            x, self.embedding, self.widths[level], f"{stage}_block_{index}"
        )
        if level not in self.attention_levels:
            return x
        return self.blocks.transformer(
            x, self.context, f"{stage}_attention_{index}"
        )


def _check(image_shape, widths, num_groups, num_heads, attention_levels):
    num_levels = len(widths)
    unet_blocks.check_shape("image_shape", image_shape, num_levels)
    unet_blocks.check_divisor("num_groups", num_groups, widths)
    unet_blocks.check_divisor("num_heads", num_heads, widths)
    if not set(attention_levels) <= set(range(num_levels)):
        raise ValueError(
            "`attention_levels` must be indices of `widths`, 0 to "
            f"{num_levels - 1}. Received {tuple(attention_levels)}: leave the "
            "others out."
        )
