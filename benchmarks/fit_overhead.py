"""Steps per second of `fit` against a loop written by hand.

    python -m benchmarks.fit_overhead

trains the same network on the same data, in turn, by `keras_gen.VAE.fit` and
by a `tf.function` loop with nothing in it that the update does not need, and
prints the ratio of their speeds: about two minutes on two CPU cores.
"""

import statistics
import time

from absl import app, flags

_ROUNDS = flags.DEFINE_integer("rounds", 7, "Pairs of runs.", lower_bound=1)
_STEPS = flags.DEFINE_integer("steps", 400, "Steps of a run.", lower_bound=1)
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 128, "Images in a step.")
_STEPS_PER_EXECUTION = flags.DEFINE_integer(
    "steps_per_execution", 10, "Steps in one call of either loop."
)


def main(argv: list[str]) -> None:
    """Runs both in turn and prints the ratios."""
    del argv
    from keras_gen import data

    examples = data.load("digits")

    def batches():
        return iter(data.pipeline(examples, _BATCH_SIZE.value))

    contenders = {"fit": _fit(examples), "by hand": _by_hand(batches())}
    for run in contenders.values():  # Traces and warms up.
        run()
    rates = {name: [] for name in contenders}
    for _ in range(_ROUNDS.value):
        for name, run in contenders.items():
            start = time.perf_counter()
            run()
            rates[name].append(_STEPS.value / (time.perf_counter() - start))
    ratios = [
        a / b for a, b in zip(rates["fit"], rates["by hand"], strict=True)
    ]
    for name, values in rates.items():
        print(f"{name:8} {statistics.median(values):8.1f} steps/s (median)")
    print(
        f"ratio    {statistics.median(ratios):8.3f} (median of "
        f"{_ROUNDS.value}; {min(ratios):.3f} to {max(ratios):.3f})"
    )


def _model():
    import keras_gen

    return keras_gen.VAE(network="mlp", widths=(512, 256))


def _fit(examples):
    """One epoch of `steps` steps through Keras."""
    from keras_gen import data

    model = _model()
    model.compile("adam", steps_per_execution=_STEPS_PER_EXECUTION.value)
    batches = data.pipeline(examples, _BATCH_SIZE.value)

    def run():
        model.fit(batches, steps_per_epoch=_STEPS.value, verbose=0)

    return run


def _by_hand(iterator):
    """A loop that holds the update and nothing else."""
    import keras
    import tensorflow as tf

    model = _model()
    optimizer = keras.optimizers.Adam()
    variables = model.trainable_variables
    optimizer.build(variables)

    @tf.function
    def steps(iterator, count):
        for _ in tf.range(count):
            with tf.GradientTape() as tape:
                loss = _loss(model, next(iterator)["images"])
            gradients = tape.gradient(loss, variables)
            optimizer.apply_gradients(zip(gradients, variables, strict=True))

    def run():
        count = _STEPS_PER_EXECUTION.value
        for _ in range(_STEPS.value // count):
            steps(iterator, tf.constant(count))

    return run


def _loss(model, images):
    """The negative evidence lower bound as a tutorial would write it."""
    import tensorflow as tf

    loc, log_variance = tf.split(model.encoder(images), 2, axis=-1)
    noise = tf.random.normal(tf.shape(loc))
    logits = model.decoder(loc + tf.exp(0.5 * log_variance) * noise)
    cross_entropy = tf.nn.sigmoid_cross_entropy_with_logits(
        (images + 1.0) / 2.0, logits
    )
    distortion = tf.reduce_sum(cross_entropy, axis=(1, 2, 3))
    rate = 0.5 * tf.reduce_sum(
        loc**2 + tf.exp(log_variance) - 1.0 - log_variance, axis=-1
    )
    return tf.reduce_mean(distortion + rate)


if __name__ == "__main__":
    app.run(main)
