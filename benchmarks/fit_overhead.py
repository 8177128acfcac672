"""Steps per second of `fit` against a loop written by hand.

    python -m benchmarks.fit_overhead

trains the same network on the same data, in turn, by `keras_gen.VAE.fit` and
by a `tf.function` loop with nothing in it but the update and the mean loss of
each call, and prints the ratio of their speeds, without the 0.1 s that a call
of `fit` takes to begin: about a minute on two CPU cores.

A loop that drops its loss would not be the same work: TensorFlow then prunes
the forward pass of the cross-entropy, a tenth of the step, which the gradient
does not need.
"""

import statistics
import time

from absl import app, flags

_ROUNDS = flags.DEFINE_integer("rounds", 21, "Pairs of runs.", lower_bound=1)
_STEPS = flags.DEFINE_integer("steps", 110, "Steps of a run.", lower_bound=1)
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 128, "Images in a step.")
_STEPS_PER_EXECUTION = flags.DEFINE_integer(
    "steps_per_execution", 10, "Steps in one call of either loop."
)


def main(argv: list[str]) -> None:
    """Runs both in turn and prints the ratios."""
    del argv
    from keras_gen import data

    examples = data.load("digits")
    contenders = {"fit": _fit(examples), "by hand": _by_hand(examples)}
    for run in contenders.values():  # Traces and warms up.
        run()
    rates = {name: [] for name in contenders}
    for _ in range(_ROUNDS.value):
        for name, run in contenders.items():
            times = run()
            calls = len(times) - 1  # From the end of the first to the last.
            steps = calls * _STEPS_PER_EXECUTION.value
            rates[name].append(steps / (times[-1] - times[0]))
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
    """Epochs of `steps` steps through Keras: the time after every call."""
    import keras

    from keras_gen import data

    model = _model()
    model.compile("adam", steps_per_execution=_STEPS_PER_EXECUTION.value)
    batches = data.pipeline(examples, _BATCH_SIZE.value)

    def run():
        times = []
        clock = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: times.append(
                time.perf_counter()
            )
        )
        model.fit(
            batches,
            steps_per_epoch=_STEPS.value,
            verbose=0,
            callbacks=[clock],
        )
        return times

    return run


def _by_hand(examples):
    """A loop that holds the update and the loss, and nothing else."""
    import keras
    import tensorflow as tf

    from keras_gen import data

    model = _model()
    optimizer = keras.optimizers.Adam()
    variables = model.trainable_variables
    optimizer.build(variables)
    count = _STEPS_PER_EXECUTION.value
    batches = data.pipeline(examples, _BATCH_SIZE.value)

    @tf.function
    def steps(iterator):
        total = 0.0
        for _ in tf.range(count):
            with tf.GradientTape() as tape:
                loss = _loss(model, next(iterator)["images"])
            gradients = tape.gradient(loss, variables)
            optimizer.apply_gradients(zip(gradients, variables, strict=True))
            total += loss
        return total / count

    def run():
        times, iterator = [], iter(batches)
        for _ in range(_STEPS.value // count):
            float(steps(iterator))
            times.append(time.perf_counter())
        return times

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
