"""Blocks of latent diffusion: residual, attention, transformer, up and down.

Each takes maps and returns maps; `name` begins the names of its layers, so
that `down_0_block_1_conv_2` says where a weight belongs. The last convolution
of residual and transformer blocks starts at zero: a new one passes on what
comes in, through its shortcut.

Reference: Rombach et al. 2021, arXiv 2112.10752, and the weights of Stable
Diffusion v1; Dhariwal and Nichol 2021, arXiv 2105.05233, appendix A.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import keras

from keras_gen import layers

_EPSILON = 1e-5
# Stable Diffusion's transformers normalize their maps with another one.
_TRANSFORMER_EPSILON = 1e-6
_FEED_FACTOR = 4


@dataclasses.dataclass(frozen=True)
class Blocks:
    """Blocks that share what does not change from level to level.

    Attributes:
        num_groups: of group normalization.
        num_heads: N, of attention.
        dtype: Keras precision policy.
        epsilon: of group normalization, but that of transformers.
    """

    num_groups: int
    num_heads: int
    dtype: Any = None
    epsilon: float = _EPSILON

    def residual(self, x: Any, embedding: Any, width: int, name: str) -> Any:
        """Two convolutions; what the row is told joins in between.

        Args:
            x: [B, h, w, C].
            embedding: [B, E], of time and class, behind a SiLU; or None.
            width: channels to return.
            name: of the block.

        Returns:
            [B, h, w, width].
        """
        shortcut = x
        if x.shape[-1] != width:
            shortcut = self.convolution(width, 1, f"{name}_shortcut")(x)
        x = self.normalized(x, f"{name}_norm_1")
        x = self.convolution(width, 3, f"{name}_conv_1")(x)
        if embedding is not None:
            told = self._dense(width, f"{name}_time")(embedding)
            told = self._reshaped(told, (1, 1, width), f"{name}_time_maps")
            x = self._sum(f"{name}_time", x, told)
        x = self.normalized(x, f"{name}_norm_2")
        x = self.convolution(width, 3, f"{name}_conv_2", zero=True)(x)
        return self._sum(name, shortcut, x)

    def attention(self, x: Any, name: str) -> Any:
        """Each position beside what it found in all of them.

        Args:
            x: [B, h, w, C], of any size.
            name: of the block.

        Returns:
            [B, h, w, C].
        """
        maps = self._group_norm(self.epsilon, None, f"{name}_norm")(x)
        found = self._found(maps, maps, name, use_bias=True)
        return self._sum(name, x, found)

    def transformer(self, x: Any, context: Any, name: str) -> Any:
        """Attention to the other positions, to the context, and a dense part.

        Args:
            x: [B, h, w, C].
            context: [B, M, D], or None.
            name: of the block.

        Returns:
            [B, h, w, C].
        """
        size = x.shape[-1]
        norm = self._group_norm(_TRANSFORMER_EPSILON, None, f"{name}_norm")
        tokens = norm(x)
        tokens = self.convolution(size, 1, f"{name}_conv_in")(tokens)
        tokens = self._attended(tokens, None, f"{name}_self")
        if context is not None:
            tokens = self._attended(tokens, context, f"{name}_cross")
        tokens = self._fed(tokens, f"{name}_feed")
        tokens = self.convolution(size, 1, f"{name}_conv_out", zero=True)(
            tokens
        )
        return self._sum(name, x, tokens)

    def downsampled(self, x: Any, name: str, padding: Any = 1) -> Any:
        """[B, 2 h, 2 w, C] -> [B, h, w, C]; `padding` is that of Keras."""
        x = keras.layers.ZeroPadding2D(
            padding, dtype=self.dtype, name=f"{name}_pad"
        )(x)
        return keras.layers.Conv2D(
            x.shape[-1], 3, strides=2, dtype=self.dtype, name=f"{name}_conv"
        )(x)

    def upsampled(self, x: Any, name: str) -> Any:
        """[B, h, w, C] -> [B, 2 h, 2 w, C]."""
        double = layers.Doubling2D(dtype=self.dtype, name=f"{name}_double")
        return self.convolution(x.shape[-1], 3, f"{name}_conv")(double(x))

    def joined(self, x: Any, skip: Any, name: str) -> Any:
        """[B, h, w, C] and [B, h, w, S] -> [B, h, w, C + S]."""
        join = keras.layers.Concatenate(dtype=self.dtype, name=name)
        return join([x, skip])

    def normalized(self, x: Any, name: str) -> Any:
        """Group normalization and SiLU: [B, h, w, C] -> [B, h, w, C]."""
        return self._group_norm(self.epsilon, layers.silu, name)(x)

    def convolution(
        self, width: int, size: int, name: str, zero: bool = False
    ) -> keras.layers.Layer:
        """[B, h, w, C] -> [B, h, w, width]; `zero` starts it at zero."""
        return keras.layers.Conv2D(
            width,
            size,
            padding="same",
            kernel_initializer="zeros" if zero else "glorot_uniform",
            dtype=self.dtype,
            name=name,
        )

    def _attended(self, tokens: Any, context: Any, name: str) -> Any:
        """Tokens [B, ..., C] beside what they found, in themselves if None."""
        x = self._layer_norm(tokens, f"{name}_norm")
        found = self._found(x, x if context is None else context, name)
        return self._sum(name, tokens, found)

    def _found(
        self, x: Any, context: Any, name: str, use_bias: bool = False
    ) -> Any:
        """What all positions of `x` take from the context, in its shape."""
        sizes = self.num_heads, x.shape[-1] // self.num_heads, use_bias
        read = layers.KeysValues(
            *sizes, dtype=self.dtype, name=f"{name}_keys_values"
        )
        attention = layers.Attention(
            *sizes, dtype=self.dtype, name=f"{name}_attention"
        )
        return attention(x, read(context))

    def _fed(self, tokens: Any, name: str) -> Any:
        """Tokens [B, ..., C] beside a gated dense layer of each.

        Reference: Shazeer 2020, arXiv 2002.05202, GEGLU.
        """
        size = tokens.shape[-1]
        x = self._layer_norm(tokens, f"{name}_norm")
        x = layers.GatedDense(
            _FEED_FACTOR * size, dtype=self.dtype, name=f"{name}_in"
        )(x)
        x = self._dense(size, f"{name}_out")(x)
        return self._sum(name, tokens, x)

    def _group_norm(
        self, epsilon: float, activation: Any, name: str
    ) -> keras.layers.Layer:
        return layers.GroupNorm(
            self.num_groups, epsilon, activation, dtype=self.dtype, name=name
        )

    def _layer_norm(self, x: Any, name: str) -> Any:
        return layers.LayerNorm(_EPSILON, dtype=self.dtype, name=name)(x)

    def _dense(self, size: int, name: str) -> keras.layers.Layer:
        return keras.layers.Dense(size, dtype=self.dtype, name=name)

    def _reshaped(self, x: Any, shape: tuple[int, ...], name: str) -> Any:
        return keras.layers.Reshape(shape, dtype=self.dtype, name=name)(x)

    def _sum(self, name: str, *parts: Any) -> Any:
        return keras.layers.Add(dtype=self.dtype, name=f"{name}_sum")(parts)


def check_shape(
    name: str, shape: Sequence[int | None], num_levels: int
) -> None:
    """Refuses maps (H, W, C) that cannot be halved at each level but one.

    Args:
        name: of the argument.
        shape: None for any size.
        num_levels: of the network.

    Raises:
        ValueError: they cannot.
    """
    factor = 2 ** (num_levels - 1)
    sizes = [x for x in shape[:2] if x is not None]
    if len(shape) != 3 or any(x < 1 or x % factor for x in sizes):
        raise ValueError(
            f"`{name}` must be (H, W, C) with H and W that divide by {factor}, "
            f"as `widths` has {num_levels} levels. Received {tuple(shape)}: "
            "pad or resize the images, or give fewer widths."
        )


def check_divisor(name: str, count: int, widths: Sequence[int]) -> None:
    """Refuses a count of groups or heads that does not divide all widths.

    Args:
        name: of the argument.
        count: what must divide.
        widths: channels of each level.

    Raises:
        ValueError: it does not.
    """
    if count < 1 or any(width % count for width in widths):
        raise ValueError(
            f"`{name}` must divide all of `widths`. Received {name}={count} "
            f"and widths={tuple(widths)}: choose a common divisor."
        )
