"""Rays and points a second of NeRF's fields.

    python -m benchmarks.nerf_speed

measures in turn, in one process, float32: a training step of the paper's
network through `fit`, beside a plain `tf.function` that makes the same step
over the same network and samples; and one point through each field, forward
and backward, under XLA. Prints medians: two minutes on two CPU cores.
"""

import statistics
import time
from collections.abc import Callable

from absl import app, flags

from keras_gen import console

_RAYS = flags.DEFINE_integer("rays", 256, "In a step.", lower_bound=1)
_POINTS = flags.DEFINE_integer("points", 16384, "Of a field.", lower_bound=1)
_ROUNDS = flags.DEFINE_integer("rounds", 7, "Of each measure.", lower_bound=1)

_STEPS = 4  # In a call.


def main(argv: list[str]) -> None:
    """Prints a line for each measure."""
    del argv
    console.import_tensorflow()
    ours, plain = _steps(_RAYS.value)
    seconds = _in_turn({"fit": ours, "plain": plain}, _ROUNDS.value)
    for name, each in seconds.items():
        rate = _RAYS.value * _STEPS / each
        print(f"train mlp, {name}: {rate:,.0f} rays/s")
    print(f"plain / fit: {seconds['plain'] / seconds['fit']:.2f}")
    fields = {n: _field(n, _POINTS.value) for n in ("mlp", "voxel", "hash")}
    seconds = _in_turn(fields, _ROUNDS.value)
    for name, each in seconds.items():
        micros = 1e6 * each / _POINTS.value
        ratio = seconds["mlp"] / each
        print(f"point, {name}: {micros:.2f} us, mlp / {name} {ratio:.1f}")


def _in_turn(
    functions: dict[str, Callable[[], None]], rounds: int
) -> dict[str, float]:
    """Median seconds of each, measured one after the other."""
    taken = {name: [] for name in functions}
    for function in functions.values():
        function()  # Compiles.
    for _ in range(rounds):
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(each) for name, each in taken.items()}


def _steps(num_rays: int) -> tuple[Callable, Callable]:
    """`fit` of four steps, and the same by hand."""
    import numpy as np
    import tensorflow as tf

    import keras_gen

    random = np.random.default_rng(0)
    rays = random.normal(size=(num_rays * _STEPS, 6)).astype(np.float32)
    colors = random.uniform(-1, 1, (len(rays), 3)).astype(np.float32)
    model, other = (keras_gen.NeRF(field="mlp") for _ in range(2))
    model.compile(keras_gen.Adam(5e-4), steps_per_execution=_STEPS)
    optimizer = keras_gen.Adam(5e-4)
    optimizer.build(other.trainable_variables)

    @tf.function(jit_compile=True)
    def step(rays, colors, seed):
        batch = {"rays": rays, "colors": colors}
        with tf.GradientTape() as tape:
            losses = other.losses(batch, seed, training=True)
            loss = tf.reduce_mean(losses["loss"])
        variables = [v.value for v in other.trainable_variables]
        gradients = tape.gradient(loss, variables)
        optimizer.apply(gradients, other.trainable_variables)
        return loss

    def fit():
        model.fit(rays, colors, batch_size=num_rays, shuffle=False, verbose=0)

    def plain():
        for i in range(_STEPS):
            rows = slice(i * num_rays, (i + 1) * num_rays)
            seed = tf.range(i, i + num_rays)
            loss = step(rays[rows], colors[rows], seed)
        loss.numpy()

    return fit, plain


def _field(name: str, num_points: int) -> Callable[[], None]:
    """A function that differentiates a field at some points."""
    import tensorflow as tf

    import keras_gen

    model = keras_gen.NeRF(field=name, occupancy_size=0)
    field = model.field
    points = tf.random.stateless_uniform((num_points, 3), (0, 0), -1, 1)
    variables = [v.value for v in field.trainable_variables]

    @tf.function(jit_compile=True)
    def differentiate(points):
        with tf.GradientTape() as tape:
            rgb, density = field(points, points)
            total = tf.reduce_sum(rgb) + tf.reduce_sum(density)
        gradients = tape.gradient(total, variables)
        return tf.add_n([tf.reduce_sum(each) for each in gradients])

    return lambda: differentiate(points).numpy()


if __name__ == "__main__":
    app.run(main)
