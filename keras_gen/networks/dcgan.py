"""The two networks of DCGAN, for any image size, with or without classes.

Rules of the paper: strided and transposed convolutions instead of pooling;
batch normalization, but not at the output of the generator nor at the input
of the discriminator; no hidden dense layers; ReLU in the generator and tanh at
its end, leaky ReLU in the discriminator. Weights start as N(0, 0.02).

With classes the generator takes [latent, labels], the discriminator [images,
labels]; how the latter uses them is `conditioning`:

    concatenation  an embedding beside the features of the last layer
    channels       an embedding as further channels of the image
    projection     logit + <embedding, features> (Miyato and Koyama 2018)
    none           it does not; for an auxiliary classifier (Odena 2016)

and the generator by an embedding beside the latent vector or by conditional
normalization.

Reference: Radford et al. 2015, arXiv 1511.06434, section 3; Mirza and Osindero
2014, arXiv 1411.1784; Odena et al. 2016, arXiv 1610.09585; Miyato and Koyama
2018, arXiv 1802.05637.
"""

import math
from collections.abc import Sequence
from typing import Any

import keras

from keras_gen import layers

CONDITIONINGS = ("concatenation", "channels", "projection", "none")

_KERNEL_SIZE = 4


def dcgan_generator(
    latent_size: int,
    widths: Sequence[int],
    image_shape: Sequence[int],
    *,
    num_classes: int = 0,
    conditioning: str = "concatenation",
    label_embedding_size: int = 50,
    norm: str = "batch",
    dropout: float = 0.0,
    dropout_threshold: float = 0.0,
    noise: float = 0.0,
    dtype: Any = None,
    name: str = "generator",
) -> keras.Model:
    """Transposed convolutions from a vector to an image in [-1, 1].

    Args:
        latent_size: Z.
        widths: channels from the picture's side; each layer doubles the size.
        image_shape: (H, W, C); sizes that do not divide are cut at the end.
        num_classes: V; 0 takes no labels.
        conditioning: "concatenation" of an embedding to the latent vector, or
            "norm", a scale and shift for each class behind every norm.
        label_embedding_size: numbers that join the latent vector.
        norm: of the hidden layers, one of `layers.NORMS`.
        dropout: share of channels of hidden layers that are dropped, when
            drawing too; a latent vector then has a key for each behind its Z
            numbers.
        dropout_threshold: the keys' quantile at `dropout`.
        noise: standard deviation of noise on the maps of hidden layers, when
            drawing too; a latent vector then has a number for each place of
            a layer, which all channels share.
        dtype: Keras precision policy; the output is float32 all the same.
        name: of the network.

    Returns:
        [B, Z] or ([B, Z], labels [B] int32) -> [B, H, W, C] float32, where
        `dropout` and `noise` lengthen Z.
    """
    sizes = _code_sizes(latent_size, widths, image_shape, dropout, noise)
    inputs = keras.Input((sum(sizes),), name="latent")
    x, *extras = _split(inputs, sizes)
    labels = None
    if num_classes:
        labels = keras.Input((), dtype="int32", name="labels")
        inputs = [inputs, labels]
        if conditioning == "concatenation":
            x = _beside(x, labels, num_classes, label_embedding_size, dtype)
    by_class = (labels, num_classes) if conditioning == "norm" else None
    use_bias = norm == "none"  # A norm would take it away again.
    x = _projected(x, image_shape, widths, use_bias, dtype)
    for size in (None, *widths[-2::-1]):
        if size:
            x = _transposed(size, use_bias, dtype)(x)
        x = _norm(norm, dtype, x, by_class)  # [B, 2 h, 2 w, size]
        x = keras.layers.ReLU(dtype=dtype)(x)
        if dropout:
            drop = layers.KeyedDropout(dropout, dropout_threshold, dtype=dtype)
            x = drop([x, extras.pop(0)])
        if noise:
            x = _noisy(x, extras.pop(0), noise, dtype)
    x = _cut(_transposed(image_shape[2], True, dtype)(x), image_shape, dtype)
    x = keras.layers.Activation("tanh", dtype="float32")(x)
    return keras.Model(inputs, x, name=name)


def _grid(image_shape, widths):
    """Height and width of the smallest maps."""
    return [math.ceil(size / 2 ** len(widths)) for size in image_shape[:2]]


def _code_sizes(latent_size, widths, image_shape, dropout, noise):
    """Z, and what each hidden layer takes from a latent vector."""
    sizes, places = [latent_size], math.prod(_grid(image_shape, widths))
    for index, size in enumerate(reversed(widths)):
        sizes += [size] if dropout else []
        sizes += [places * 4**index] if noise else []
    return sizes


def _beside(x, labels, num_classes, size, dtype):
    """Vectors with the embeddings of their classes."""
    embedded = _embedding(num_classes, size, dtype)(labels)
    return keras.layers.Concatenate(dtype=dtype)([x, embedded])


def _projected(x, image_shape, widths, use_bias, dtype):
    """A vector as the smallest maps, [B, h, w, C]."""
    shape = (*_grid(image_shape, widths), widths[-1])
    x = keras.layers.Dense(
        math.prod(shape),
        use_bias=use_bias,
        kernel_initializer=_normal(),
        dtype=dtype,
    )(x)
    return keras.layers.Reshape(shape, dtype=dtype)(x)


def _noisy(x, noise, deviation, dtype):
    """Maps with noise [B, h * w], the same for all channels of a place."""
    noise = keras.layers.Rescaling(deviation, dtype=dtype)(noise)
    noise = keras.layers.Reshape((*x.shape[1:3], 1), dtype=dtype)(noise)
    return keras.layers.Add(dtype=dtype)([x, noise])


def _cut(x, image_shape, dtype):
    """Maps without the rows and columns that an image does not have."""
    extra = [
        have - want
        for have, want in zip(x.shape[1:3], image_shape[:2], strict=True)
    ]
    if not any(extra):
        return x
    crop = ((0, extra[0]), (0, extra[1]))
    return keras.layers.Cropping2D(crop, dtype=dtype)(x)


def dcgan_discriminator(
    image_shape: Sequence[int],
    widths: Sequence[int],
    *,
    num_classes: int = 0,
    conditioning: str = "projection",
    label_embedding_size: int = 50,
    auxiliary: bool = False,
    norm: str = "batch",
    spectral_norm: bool = False,
    minibatch_deviation: bool = False,
    dtype: Any = None,
    name: str = "discriminator",
) -> keras.Model:
    """Strided convolutions from an image to a logit.

    Args:
        image_shape: (H, W, C).
        widths: channels of each layer, which halves the size.
        num_classes: V; 0 takes no labels.
        conditioning: one of CONDITIONINGS.
        label_embedding_size: of "concatenation".
        auxiliary: whether logits of the classes follow that of realness.
        norm: after all convolutions but the first, one of `layers.NORMS`.
        spectral_norm: divides the kernels of convolutions by their norm.
        minibatch_deviation: adds how much the images of a batch differ.
        dtype: Keras precision policy; the output is float32 all the same.
        name: of the network.

    Returns:
        images or (images, labels [B] int32) -> [B, 1] float32, or [B, 1 + V].
    """
    images = x = keras.Input(tuple(image_shape), name="images")
    labels = None
    if num_classes:
        labels = keras.Input((), dtype="int32", name="labels")
        if conditioning == "channels":
            x = _with_plane(images, labels, num_classes, dtype)
    features = _maps(x, widths, norm, spectral_norm, dtype)
    if minibatch_deviation:
        features = layers.MinibatchDeviation(dtype=dtype)(features)
    logits = _logit(
        features, labels, num_classes, conditioning, label_embedding_size, dtype
    )
    if auxiliary:
        classes = _dense(num_classes, dtype)(features)
        logits = keras.layers.Concatenate(dtype=dtype)([logits, classes])
    logits = keras.layers.Activation("linear", dtype="float32")(logits)
    inputs = [images, labels] if num_classes else images
    return keras.Model(inputs, logits, name=name)


def _with_plane(images, labels, num_classes, dtype):
    """Images with one more channel, which a class fills."""
    shape = (*images.shape[1:3], 1)
    embedded = _embedding(num_classes, math.prod(shape), dtype)(labels)
    plane = keras.layers.Reshape(shape, dtype=dtype)(embedded)
    return keras.layers.Concatenate(dtype=dtype)([images, plane])


def _maps(x, widths, norm, spectral_norm, dtype):
    """The strided convolutions; the last maps as a vector."""
    for index, size in enumerate(widths):
        convolution = keras.layers.Conv2D(
            size,
            _KERNEL_SIZE,
            strides=2,
            padding="same",
            use_bias=not index or norm == "none",
            kernel_initializer=_normal(),
            dtype=dtype,
            name=f"map_{index}",
        )
        if spectral_norm:
            # Kernels are divided in place, so an export needs no iteration.
            convolution = keras.layers.SpectralNormalization(
                convolution, name=convolution.name, dtype=dtype
            )
        x = convolution(x)  # [B, ceil(h / 2), ceil(w / 2), size]
        x = _norm(norm, dtype, x) if index else x
        x = keras.layers.LeakyReLU(0.2, dtype=dtype)(x)
    return keras.layers.Flatten(dtype=dtype)(x)


def _logit(features, labels, num_classes, conditioning, embedding_size, dtype):
    """How real it looks, as one of that class if there are classes."""
    if not num_classes or conditioning in ("channels", "none"):
        return _dense(1, dtype)(features)
    if conditioning == "concatenation":
        x = _beside(features, labels, num_classes, embedding_size, dtype)
        x = _dense(embedding_size, dtype)(x)
        x = keras.layers.LeakyReLU(0.2, dtype=dtype)(x)
        return _dense(1, dtype)(x)
    # Miyato and Koyama 2018, Eq. 3.
    embedded = _embedding(num_classes, features.shape[-1], dtype)(labels)
    product = keras.layers.Dot(axes=1, dtype=dtype)([features, embedded])
    logit = _dense(1, dtype)(features)
    return keras.layers.Add(dtype=dtype)([logit, product])


def _normal(mean: float = 0.0) -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(mean, 0.02)


def _norm(name, dtype, x, by_class=None):
    """Scale and shift are those of a class where `by_class` has labels."""
    norm, start = layers.NORMS[name], _normal(1.0)
    if by_class is None:
        return norm(gamma_initializer=start, dtype=dtype)(x)
    labels, num_classes = by_class
    x = norm(scale=False, center=False, dtype=dtype)(x)
    return layers.ConditionalAffine(num_classes, start, dtype=dtype)(
        [x, labels]
    )


def _split(x: Any, sizes: Sequence[int]) -> list[Any]:
    """Columns of x [B, sum(sizes)] in parts of those sizes."""
    if len(sizes) == 1:
        return [x]
    ends = [sum(sizes[: index + 1]) for index in range(len(sizes))]
    return keras.ops.split(x, ends[:-1], axis=1)


def _transposed(size: int, use_bias: bool, dtype: Any) -> keras.layers.Layer:
    return keras.layers.Conv2DTranspose(
        size,
        _KERNEL_SIZE,
        strides=2,
        padding="same",
        use_bias=use_bias,
        kernel_initializer=_normal(),
        dtype=dtype,
    )


def _dense(size: int, dtype: Any) -> keras.layers.Layer:
    return keras.layers.Dense(size, kernel_initializer=_normal(), dtype=dtype)


def _embedding(count: int, size: int, dtype: Any) -> keras.layers.Layer:
    return keras.layers.Embedding(
        count, size, embeddings_initializer=_normal(), dtype=dtype
    )
