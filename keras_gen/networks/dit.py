"""The diffusion transformer: a U-Net's task, by blocks of one size.

    patches     squares of patch_size x patch_size pixels, one token each
    positions   sines and cosines of column and row, added
    block_0 ... tokens + gate attention(norm(tokens)), then
                tokens + gate feed(norm(tokens))
    output      norm, a dense layer to the pixels of a patch

A dense layer of what the row is told, its time and class, gives each block the
scale and shift of both norms, and both gates ("adaLN-Zero"). It starts at zero:
a new block passes on what comes in, and a new network answers zero.

The paper's sizes, for latent images of (32, 32, 4) and output_channels 8:

    size   width   num_layers   num_heads
    S        384           12           6
    B        768           12          12
    L       1024           24          16
    XL      1152           28          16

Differs from the paper's code: queries, keys and values start as three matrices,
not as one; positions are computed, so they are no parameters.

Reference: Peebles and Xie 2022, arXiv 2212.09748, section 3.2; Ho and Salimans
2022, arXiv 2207.12598, for "no class".
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import keras

from keras_gen import layers
from keras_gen.networks import conditioning

_NUM_WAVES = 256
_FEED_FACTOR = 4
_EPSILON = 1e-6
_STDDEV = 0.02  # Of the layers of time and class.


def dit(
    image_shape: Sequence[int],
    *,
    patch_size: int = 4,
    width: int = 128,
    num_layers: int = 6,
    num_heads: int = 4,
    num_classes: int = 0,
    output_channels: int | None = None,
    dtype: Any = None,
    name: str = "dit",
) -> keras.Model:
    """A transformer over the patches of an image; serves as a U-Net does.

    Args:
        image_shape: (H, W, C); H and W must divide by `patch_size`.
        patch_size: pixels of a side. Half of it makes four times the tokens.
        width: D, of a token; must divide by 4 and by `num_heads`.
        num_layers: blocks.
        num_heads: N, of attention.
        num_classes: V; 0 takes no labels. The label V means "no class".
        output_channels: those of the image where None.
        dtype: Keras precision policy; time and output are float32 all the same.
        name: of the network.

    Returns:
        [x [B, H, W, C], time [B], labels [B] int32 if there are classes] ->
        [B, H, W, output_channels] float32. Time is any real number: periods
        are 2 pi to 2 pi 10 000.

    Raises:
        ValueError: for sizes that do not divide, and counts below their least.
    """
    _check_image(image_shape, patch_size)
    _check_tokens(width, num_heads)
    channels = image_shape[2] if output_channels is None else output_channels
    _check_counts(
        num_layers=(num_layers, 1),
        num_classes=(num_classes, 0),
        output_channels=(channels, 1),
    )
    inputs = conditioning.inputs(image_shape, num_classes)
    told = conditioning.embedding(
        inputs, _NUM_WAVES, width, num_classes, _STDDEV
    )
    blocks = _Blocks(width, num_heads, told, dtype)
    tokens = blocks.tokens(inputs["x"], patch_size)
    for index in range(num_layers):
        tokens = blocks.block(tokens, f"block_{index}")
    shape = (*image_shape[:2], channels)
    x = blocks.images(tokens, patch_size, shape)
    x = keras.layers.Activation("linear", dtype="float32", name="output")(x)
    return keras.Model(list(inputs.values()), x, name=name)


@dataclasses.dataclass(frozen=True)
class _Blocks:
    """Blocks that share what does not change from one to the next."""

    width: int
    num_heads: int
    told: Any  # [B, D]
    dtype: Any

    def tokens(self, x: Any, patch_size: int) -> Any:
        """Images [B, H, W, C] to tokens [B, T, D]."""
        height, width, size = x.shape[1:]
        rows, columns = height // patch_size, width // patch_size
        shape = (rows, patch_size, columns, patch_size * size)
        x = self._reshaped(x, shape, "patches_cut")
        x = self._swapped(x, "patches_swapped")
        shape = (rows, columns, patch_size * patch_size * size)
        x = self._reshaped(x, shape, "patches")
        x = self._dense(self.width, "patches_dense")(x)
        place = layers.GridPositions(dtype=self.dtype, name="positions")
        shape = (rows * columns, self.width)
        return self._reshaped(place(x), shape, "tokens")

    def block(self, tokens: Any, name: str) -> Any:
        """Tokens [B, T, D] beside what others and they themselves say."""
        told = self._told(6, name)
        x = self._normalized(tokens, told[:2], f"{name}_norm_1")
        x = self._attended(x, name)
        tokens = self._gated(tokens, told[2], x, f"{name}_attention")
        x = self._normalized(tokens, told[3:5], f"{name}_norm_2")
        x = self._dense(_FEED_FACTOR * self.width, f"{name}_feed_in")(x)
        x = keras.ops.gelu(x, approximate=True)
        x = self._dense(self.width, f"{name}_feed_out")(x)
        return self._gated(tokens, told[5], x, f"{name}_feed")

    def images(
        self, tokens: Any, patch_size: int, shape: tuple[int, int, int]
    ) -> Any:
        """Tokens [B, T, D] to images of `shape`, [B, H, W, C]."""
        height, width, size = shape
        x = self._normalized(tokens, self._told(2, "output"), "output_norm")
        size *= patch_size
        x = self._dense(patch_size * size, "output_dense", zero=True)(x)
        rows, columns = height // patch_size, width // patch_size
        shape_of_cut = (rows, columns, patch_size, size)
        x = self._reshaped(x, shape_of_cut, "output_patches")
        x = self._swapped(x, "output_swapped")
        return self._reshaped(x, shape, "output_images")

    def _attended(self, x: Any, name: str) -> Any:
        options = {
            "num_heads": self.num_heads,
            "head_size": self.width // self.num_heads,
            "use_bias": True,
            "dtype": self.dtype,
        }
        keys_values = layers.KeysValues(**options, name=f"{name}_keys_values")
        attention = layers.Attention(**options, name=f"{name}_attention")
        return attention(x, keys_values(x))

    def _told(self, count: int, name: str) -> list[Any]:
        """`count` vectors of what the row is told, [B, 1, D] each."""
        size = count * self.width
        x = self._dense(size, f"{name}_told", zero=True)(self.told)
        x = self._reshaped(x, (1, size), f"{name}_told_vectors")
        return keras.ops.split(x, count, axis=-1)

    def _normalized(self, x: Any, shift_scale: list[Any], name: str) -> Any:
        norm = layers.AdaptiveNorm(_EPSILON, dtype=self.dtype, name=name)
        return norm([x, *shift_scale])

    def _gated(self, tokens: Any, gate: Any, x: Any, name: str) -> Any:
        times = keras.layers.Multiply(dtype=self.dtype, name=f"{name}_gate")
        plus = keras.layers.Add(dtype=self.dtype, name=f"{name}_sum")
        return plus([tokens, times([x, gate])])

    def _swapped(self, x: Any, name: str) -> Any:
        """Rows of patches as patches of rows, or back."""
        swap = keras.layers.Permute((1, 3, 2, 4), dtype=self.dtype, name=name)
        return swap(x)

    def _reshaped(self, x: Any, shape: tuple[int, ...], name: str) -> Any:
        return keras.layers.Reshape(shape, dtype=self.dtype, name=name)(x)

    def _dense(
        self, size: int, name: str, zero: bool = False
    ) -> keras.layers.Layer:
        return keras.layers.Dense(
            size,
            kernel_initializer="zeros" if zero else "glorot_uniform",
            dtype=self.dtype,
            name=name,
        )


def _check_image(image_shape, patch_size):
    if patch_size < 1:
        raise ValueError(
            f"`patch_size` must be 1 or more. Received {patch_size}: choose a "
            "divisor of the height and width of the images, such as 2."
        )
    shape = tuple(image_shape)
    if len(shape) != 3 or any(x < 1 or x % patch_size for x in shape[:2]):
        raise ValueError(
            "`image_shape` must be (H, W, C) with H and W that divide by "
            f"`patch_size`, {patch_size}. Received {shape}: pad or resize the "
            "images, or choose another `patch_size`."
        )


def _check_tokens(width, num_heads):
    if width < 1 or width % 4:
        raise ValueError(
            "`width` must divide by 4, for the sines and cosines of columns "
            f"and rows. Received {width}: choose a multiple of 4."
        )
    if num_heads < 1 or width % num_heads:
        raise ValueError(
            "`num_heads` must divide `width`. Received "
            f"num_heads={num_heads} and width={width}: choose a divisor."
        )


def _check_counts(**counts):
    """Of {name: (count, the least it may be)}."""
    for name, (count, least) in counts.items():
        if count < least:
            raise ValueError(
                f"`{name}` must be {least} or more. Received {count}: give "
                f"{least} at least."
            )
