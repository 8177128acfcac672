"""Sampling of pixel models: remembered columns against whole images.

    python -m benchmarks.pixel_sampling --turns=3

draws images of 28 x 28 in three ways, with one network and equal seeds, and
prints the seconds of each and their ratios, the medians of some turns:

    cached     the library: one column of new work for each pixel
    forward    the whole network for each pixel, in one compiled loop
    predict    `keras.Model.predict` for each pixel, as tutorials do

The first two draw the same images, which is checked. `predict` is timed over
some pixels and multiplied. Some minutes on two CPU cores; with --num=4, less.
"""

import math
import time
from collections.abc import Callable
from typing import Any

from absl import app, flags

from keras_gen import console

_MODEL = flags.DEFINE_enum(
    "model", "PixelCNN", ["PixelCNN", "GatedPixelCNN", "PixelRNN"], "Which."
)
_NUM = flags.DEFINE_integer("num", 16, "Images at once.", lower_bound=1)
_SIZE = flags.DEFINE_integer("size", 28, "Height and width.", lower_bound=4)
_WIDTH = flags.DEFINE_integer("width", 64, "Of the network.", lower_bound=2)
_LAYERS = flags.DEFINE_integer("layers", 8, "Of the network.", lower_bound=1)
_TURNS = flags.DEFINE_integer("turns", 3, "Times each is run.", lower_bound=1)
_PREDICTED = flags.DEFINE_integer(
    "predicted", 20, "Pixels of `predict`.", lower_bound=1
)
_JIT = flags.DEFINE_boolean("jit_compile", True, "XLA in both loops.")


def naive_step(model: Any, labels: Any = None) -> Callable:
    """A StepFn that computes the whole image for each value.

    Args:
        model: a PixelModel.
        labels: [B] int32, where there are classes.

    Returns:
        (tokens [B], state) -> (logits [B, V], state), as `model.step_of`; the
        state is that of `naive_state`.
    """
    import tensorflow as tf

    height, width, channels = model.config.image_shape
    count = height * width * channels

    def step(tokens, state):
        index, values = state
        here = tf.range(count) == index - 1
        values = tf.where(here, model.values_of(tokens)[:, tf.newaxis], values)
        images = tf.reshape(values, (-1, height, width, channels))
        outputs = model.network(images, labels)
        flat = tf.reshape(outputs, (-1, height * width, outputs.shape[-1]))
        pixels = tf.reshape(values, (-1, height * width, channels))
        pixel = index // channels
        place = {
            "pixel": tf.gather(pixels, pixel, axis=1),
            "channel": index % channels,
        }
        logits = model.logits_of(tf.gather(flat, pixel, axis=1), place)
        return logits, (index + 1, values)

    return step


def naive_state(model: Any, num: int) -> tuple:
    """Before the first value of `num` images."""
    import tensorflow as tf

    count = math.prod(model.config.image_shape)
    return tf.constant(0), tf.zeros((num, count))


def naive(model: Any, seed: Any, labels: Any = None) -> Any:
    """Tokens [B, 1 + H W C] of seeds [B], by whole images."""
    import tensorflow as tf

    from keras_gen import samplers

    start = tf.zeros_like(seed)
    return samplers.generate(
        naive_step(model, labels),
        naive_state(model, seed.shape[0]),
        samplers.Prompt(start[:, tf.newaxis], start + 1),
        1 + math.prod(model.config.image_shape),
        seed,
        filters=samplers.LogitFilters(model.config.temperature),
        vocabulary_size=model.config.num_levels,
    ).tokens


def main(argv: list[str]) -> None:
    """Prints seconds and ratios."""
    del argv
    console.import_tensorflow()
    with console.explained():
        _compare(_model())


def _model() -> Any:
    import keras
    import numpy as np

    import keras_gen

    keras.utils.set_random_seed(0)
    model = getattr(keras_gen, _MODEL.value)(
        image_shape=(_SIZE.value, _SIZE.value, 1),
        width=_WIDTH.value,
        num_layers=_LAYERS.value,
    )
    random = np.random.default_rng(0)  # Fresh biases would be 0.
    for variable in model.trainable_variables:
        noise = 0.02 * random.normal(size=variable.shape)
        variable.assign(variable + noise.astype("float32"))
    return model


def _compare(model: Any) -> None:
    import numpy as np
    import tensorflow as tf

    num, jit = _NUM.value, _JIT.value
    seed = tf.range(num)
    whole = tf.function(lambda seed: naive(model, seed), jit_compile=jit)
    ways = {
        "cached": lambda: model.generate(num, seed=0, jit_compile=jit),
        "forward": lambda: model.values_of(whole(seed)[:, 1:]),
        "predict": lambda: _predict(model, num),
    }
    images = {name: np.asarray(way()) for name, way in ways.items()}
    drawn = images["cached"].reshape(num, -1)
    equal = (drawn == images["forward"]).mean()
    print(
        f"{_MODEL.value}, {model.count_params():,} weights, {num} images of "
        f"{_SIZE.value} x {_SIZE.value}; equal pixels: {equal:.2%}",
        flush=True,
    )
    seconds = {name: [] for name in ways}
    for _ in range(_TURNS.value):
        for name, way in ways.items():
            start = time.perf_counter()
            np.asarray(way())
            seconds[name].append(time.perf_counter() - start)
    seconds["predict"] = [
        each * drawn.shape[1] / _PREDICTED.value for each in seconds["predict"]
    ]
    median = {name: float(np.median(each)) for name, each in seconds.items()}
    for name, each in median.items():
        ratio = each / median["cached"]
        print(f"  {name:8} {each:10.3f} s  {ratio:8.1f} times cached")


def _predict(model: Any, num: int) -> Any:
    """The first pixels of an image, as tutorials draw them."""
    import numpy as np

    random = np.random.default_rng(0)
    images = np.zeros((num, *model.config.image_shape), np.float32)
    for pixel in range(_PREDICTED.value):
        row, column = divmod(pixel, _SIZE.value)
        outputs = model.network.predict(images, verbose=0)[:, row, column]
        white = 1 / (1 + np.exp(outputs[:, 0] - outputs[:, 1]))
        images[:, row, column, 0] = 2.0 * (random.random(num) < white) - 1.0
    return images


if __name__ == "__main__":
    app.run(main)
