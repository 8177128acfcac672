"""What networks of diffusion are given, and told: time, class, context.

Reference: Ho et al. 2020, arXiv 2006.11239, appendix B; Ho and Salimans 2022,
arXiv 2207.12598, for "no class".
"""

from collections.abc import Sequence
from typing import Any

import keras

from keras_gen import layers

# Half-precision would round times; these layers cost next to nothing.
_DTYPE = "float32"


def inputs(
    image_shape: Sequence[int], num_classes: int = 0, context_size: int = 0
) -> dict[str, Any]:
    """Symbolic inputs by name, in their order.

    Args:
        image_shape: (H, W, C).
        num_classes: V; 0 takes no labels.
        context_size: D, of the tokens of a context; 0 takes none.

    Returns:
        x [B, H, W, C], time [B], labels [B] int32, context [B, M, D]; the last
        two if there are any.
    """
    found = {
        "x": keras.Input(tuple(image_shape), name="x"),
        "time": keras.Input((), name="time"),
    }
    if num_classes:
        found["labels"] = keras.Input((), dtype="int32", name="labels")
    if context_size:
        found["context"] = keras.Input((None, context_size), name="context")
    return found


def embedding(
    given: dict[str, Any],
    num_waves: int,
    size: int,
    num_classes: int = 0,
    stddev: float | None = None,
) -> Any:
    """What all blocks are told: the class added to two layers of the time.

    Args:
        given: of `inputs`. The time is any real number: periods are 2 pi to
            2 pi 10 000.
        num_waves: cosines and sines of the time; even.
        size: E.
        num_classes: V; the label V means "no class".
        stddev: of all kernels at the start; Keras' initializers where None.

    Returns:
        [B, E] float32, behind a SiLU.
    """
    waves = layers.SinusoidalEmbedding(
        num_waves, dtype=_DTYPE, name="time_waves"
    )
    x = _dense(size, stddev, "time_dense_1")(waves(given["time"]))
    x = _silu("time_silu_1")(x)
    x = _dense(size, stddev, "time_dense_2")(x)
    if "labels" in given:
        classes = keras.layers.Embedding(
            num_classes + 1,
            size,
            embeddings_initializer=_start(stddev, "uniform"),
            dtype=_DTYPE,
            name="class_embedding",
        )
        add = keras.layers.Add(dtype=_DTYPE, name="time_class_sum")
        x = add([x, classes(given["labels"])])
    return _silu("time_silu_2")(x)


def _dense(size, stddev, name):
    kernel = _start(stddev, "glorot_uniform")
    return keras.layers.Dense(
        size, kernel_initializer=kernel, dtype=_DTYPE, name=name
    )


def _silu(name):
    return keras.layers.Activation(layers.silu, dtype=_DTYPE, name=name)


def _start(stddev, default):
    # One for each layer: an initializer draws the same values again.
    if stddev is None:
        return default
    return keras.initializers.RandomNormal(stddev=stddev)
