"""VGG-19 as a FeatureFn: what a network for recognition sees in an image.

    block1_conv1 .. block1_conv2    64 channels
    block2_conv1 .. block2_conv2    128, of half the size
    block3_conv1 .. block3_conv4    256, of a quarter
    block4_conv1 .. block4_conv4    512, of an eighth
    block5_conv1 .. block5_conv4    512, of a sixteenth

Names are those of `keras.applications.VGG19`, whose weights fit: each is a
3 x 3 convolution behind its ReLU. Between blocks pixels are pooled by their
maximum, or by their mean, with which gradients flow better into an image.

Reference: Simonyan and Zisserman 2014, arXiv 1409.1556; Gatys et al. 2016,
"Image style transfer using convolutional neural networks", section 2.
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_gen.layers import reflection

_DEPTHS = (2, 2, 4, 4, 4)
WIDTHS = (64, 128, 256, 512, 512)
LAYERS = tuple(
    f"block{block}_conv{index + 1}"
    for block, depth in enumerate(_DEPTHS, 1)
    for index in range(depth)
)
_POOLS = {
    "max": keras.layers.MaxPooling2D,
    "avg": keras.layers.AveragePooling2D,
}
# Of ImageNet, in the order of the channels that the weights have: blue first.
_MEANS = (103.939, 116.779, 123.68)


@keras.saving.register_keras_serializable("keras_gen")
class BlueGreenRed(keras.layers.Layer):
    """RGB in [-1, 1] to what VGG wants: BGR, levels less their mean."""

    def call(self, images: Any) -> Any:
        means = ops.convert_to_tensor(_MEANS, images.dtype)
        return (ops.flip(images, axis=-1) + 1.0) * 127.5 - means

    def get_config(self) -> dict[str, Any]:
        # Keras' own cannot write a precision that came as an object.
        return super().get_config()


def vgg19(
    layers: Sequence[str] = LAYERS,
    *,
    pooling: str = "max",
    padding: str = "zeros",
    widths: Sequence[int] = WIDTHS,
    dtype: Any = None,
    name: str = "vgg19",
) -> keras.Model:
    """The convolutions of VGG-19 up to the deepest of `layers`.

    Args:
        layers: of `LAYERS`, whose features are wanted.
        pooling: max, or avg.
        padding: zeros, or reflection, which leaves no frame.
        widths: channels of the five blocks.
        dtype: Keras precision policy; features are float32 all the same.
        name: of the network.

    Returns:
        images [B, H, W, 3] in [-1, 1] -> {layer: [B, h, w, c]}, random weights;
        `weights.vgg19` reads trained ones.

    Raises:
        ValueError: no such layer, pooling or padding.

    Reference: Simonyan and Zisserman 2014, arXiv 1409.1556, Table 1, E.
    """
    unknown = [each for each in layers if each not in LAYERS]
    if unknown or not layers:
        raise ValueError(
            f"`layers` must be of {', '.join(LAYERS)}. Received: "
            f"{', '.join(unknown) or 'none'}."
        )
    if pooling not in _POOLS or padding not in ("zeros", "reflection"):
        raise ValueError(
            "`pooling` must be max or avg, and `padding` zeros or reflection. "
            f"Received: {pooling!r} and {padding!r}."
        )
    images = keras.Input((None, None, 3), name="images")
    x = BlueGreenRed(dtype=dtype, name="pixels")(images)
    found = {}
    for layer in LAYERS[: 1 + max(map(LAYERS.index, layers))]:
        block = int(layer[5])
        if block > 1 and layer.endswith("conv1"):
            pool = f"block{block - 1}_pool"
            x = _POOLS[pooling](2, dtype=dtype, name=pool)(x)
        x = _convolved(x, widths[block - 1], padding, dtype, layer)
        if layer in layers:
            found[layer] = keras.layers.Activation(
                "linear", dtype="float32", name=f"{layer}_features"
            )(x)
    return keras.Model(images, found, name=name)


def _convolved(x, width, padding, dtype, name):
    options = {"activation": "relu", "dtype": dtype, "name": name}
    if padding == "zeros":
        return keras.layers.Conv2D(width, 3, padding="same", **options)(x)
    x = reflection.ReflectionPadding2D(1, dtype=dtype, name=f"{name}_pad")(x)
    return keras.layers.Conv2D(width, 3, **options)(x)
