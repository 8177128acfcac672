"""From an image to the same one in a style: one pass, several styles.

    9 x 9, two 3 x 3 of stride 2          to a quarter of the size
    residual blocks of two 3 x 3
    twice: nearest neighbours, 3 x 3      back to the size
    9 x 9

Behind each convolution but the last is an instance norm whose scale and shift
are those of the style, or of a mixture of styles; all else is shared. Borders
are mirrored.

Differs from Johnson et al.: the output is not limited by a tanh, as limits have
no gradient; instance norms instead of batch norms; nearest neighbours instead
of transposed convolutions, which leave checkers; and blocks of the size that
comes in.

Reference: Johnson et al. 2016, arXiv 1603.08155, supplementary material;
Ulyanov et al. 2016, arXiv 1607.08022; Dumoulin et al. 2016, arXiv 1610.07629,
Table 1.
"""

from collections.abc import Sequence
from typing import Any

import keras

from keras_gen.layers import conditional_affine, doubling, norms, reflection

# Images are reduced by this and enlarged again.
STRIDE = 4
# A step of Adam moves thousands of weights behind one pixel at once: without it
# the first steps leave nothing but grey.
_SCALE = 0.05


def style_transformer(
    num_styles: int = 1,
    widths: Sequence[int] = (32, 64, 128),
    num_blocks: int = 5,
    *,
    kernel_size: int = 9,
    dtype: Any = None,
    name: str = "style_transformer",
) -> keras.Model:
    """A residual network with conditional instance norms.

    Args:
        num_styles: K.
        widths: channels at the size of the image, at half and a quarter of it.
        num_blocks: residual blocks, at a quarter of the size.
        kernel_size: of the first and the last convolution; odd.
        dtype: Keras precision policy; images are float32 all the same.
        name: of the network.

    Returns:
        (images [B, H, W, 3] in [-1, 1], shares of the styles [B, K]) -> images
        [B, H, W, 3], about in [-1, 1]; H and W are multiples of 4.

    Reference: Johnson et al. 2016, arXiv 1603.08155.
    """
    images = keras.Input((None, None, 3), name="images")
    styles = keras.Input((num_styles,), name="styles")

    def block(x, width, size, name, *, stride=1, activation="relu"):
        x = _convolved(x, width, size, stride, dtype, name)
        x = norms.NORMS["instance"](
            center=False, scale=False, dtype=dtype, name=f"{name}_norm"
        )(x)
        x = conditional_affine.ConditionalAffine(
            num_styles, dtype=dtype, name=f"{name}_style"
        )([x, styles])
        return keras.layers.Activation(activation, dtype=dtype)(x)

    x = block(images, widths[0], kernel_size, "first")
    x = block(x, widths[1], 3, "half", stride=2)
    x = block(x, widths[2], 3, "quarter", stride=2)
    for index in range(num_blocks):
        found = block(x, widths[2], 3, f"block_{index}_in")
        found = block(
            found, widths[2], 3, f"block_{index}_out", activation="linear"
        )
        x = keras.layers.Add(dtype=dtype, name=f"block_{index}")([x, found])
    for level in (1, 0):
        x = doubling.Doubling2D(dtype=dtype)(x)
        x = block(x, widths[level], 3, f"larger_{level}")
    x = _convolved(x, 3, kernel_size, 1, dtype, "last")
    x = keras.layers.Rescaling(_SCALE, dtype="float32", name="output")(x)
    return keras.Model([images, styles], x, name=name)


def _convolved(x, width, size, stride, dtype, name):
    x = reflection.ReflectionPadding2D(
        size // 2, dtype=dtype, name=f"{name}_pad"
    )(x)
    return keras.layers.Conv2D(
        width, size, strides=stride, dtype=dtype, name=name
    )(x)
