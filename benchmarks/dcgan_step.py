"""A training step of DCGAN against the loop of the TensorFlow tutorial.

    python -m benchmarks.dcgan_step
    python -m benchmarks.dcgan_step --precision=mixed_bfloat16

trains the same architecture with the same batch and precision, in turn: by
`keras_gen.DCGAN.fit`, and by a `tf.function` written the way the tutorial "Deep
Convolutional Generative Adversarial Network" writes it, on layers of Keras.
Prints the ratio of their steps/s: a minute on two CPU cores.
"""

import functools
import statistics
import time
from unittest import mock

from absl import app, flags

from keras_gen import console

_ROUNDS = flags.DEFINE_integer("rounds", 15, "Pairs of runs.", lower_bound=1)
_STEPS = flags.DEFINE_integer("steps", 20, "Steps of a run.", lower_bound=1)
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 128, "Images in a step.")
_WIDTHS = flags.DEFINE_list("widths", ["64", "128"], "Channels of the layers.")
_PRECISION = flags.DEFINE_enum(
    "precision", "float32", ["float32", "mixed_bfloat16"], "Of both."
)


def main(argv: list[str]) -> None:
    """Runs both in turn and prints the ratio."""
    del argv
    console.import_tensorflow()
    import keras
    import numpy as np

    keras.config.set_dtype_policy(_PRECISION.value)
    random = np.random.default_rng(0)
    images = random.uniform(-1, 1, (_BATCH_SIZE.value, 28, 28, 1))
    images = images.astype(np.float32)
    contenders = {"fit": _fit(images), "tutorial": _tutorial(images)}
    for run in contenders.values():  # Traces and warms up.
        run()
    seconds = {name: [] for name in contenders}
    for _ in range(_ROUNDS.value):
        for name, run in contenders.items():
            seconds[name].append(run())
    for name, values in seconds.items():
        rate = _STEPS.value / statistics.median(values)
        print(f"{name:9} {rate:6.1f} steps/s (median)")
    ratios = [
        b / a for a, b in zip(seconds["fit"], seconds["tutorial"], strict=True)
    ]
    print(
        f"ratio     {statistics.median(ratios):6.3f} (median of "
        f"{_ROUNDS.value}; {min(ratios):.3f} to {max(ratios):.3f})"
    )


def _widths() -> tuple[int, ...]:
    return tuple(map(int, _WIDTHS.value))


def _fit(images):
    """Seconds from the end of the first call to that of the last."""
    import keras
    import tensorflow as tf

    import keras_gen

    model = keras_gen.DCGAN(
        generator_widths=_widths(), discriminator_widths=_widths()
    )
    model.compile(steps_per_execution=5)
    batches = tf.data.Dataset.from_tensors(images).cache().repeat()

    def run():
        times = []
        clock = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: times.append(
                time.perf_counter()
            )
        )
        steps = _STEPS.value + 5
        model.fit(batches, steps_per_epoch=steps, verbose=0, callbacks=[clock])
        return times[-1] - times[0]

    return run


def _tutorial(images):
    """tensorflow.org/tutorials/generative/dcgan, on the same architecture."""
    import keras
    import tensorflow as tf

    generator, discriminator = _stock_networks()
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    generator_optimizer = keras.optimizers.Adam(1e-4)
    discriminator_optimizer = keras.optimizers.Adam(1e-4)

    @tf.function
    def train_step(images):
        noise = tf.random.normal([_BATCH_SIZE.value, 100])
        with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
            fakes = generator(noise, training=True)
            on_real = discriminator(images, training=True)
            on_fake = discriminator(fakes, training=True)
            gen_loss = cross_entropy(tf.ones_like(on_fake), on_fake)
            disc_loss = cross_entropy(tf.ones_like(on_real), on_real)
            disc_loss += cross_entropy(tf.zeros_like(on_fake), on_fake)
        for network, optimizer, tape, loss in (
            (generator, generator_optimizer, gen_tape, gen_loss),
            (discriminator, discriminator_optimizer, disc_tape, disc_loss),
        ):
            variables = network.trainable_variables
            gradients = tape.gradient(loss, variables)
            optimizer.apply_gradients(zip(gradients, variables, strict=True))

    batches = tf.data.Dataset.from_tensors(images).cache().repeat()

    def run():
        start = time.perf_counter()
        for batch in batches.take(_STEPS.value):
            train_step(batch)
        return time.perf_counter() - start

    return run


def _stock_networks():
    """The networks of DCGAN from Keras' own layers, [generator, critic]."""
    import keras

    from keras_gen import layers
    from keras_gen.networks import dcgan

    norm = functools.partial(
        keras.layers.BatchNormalization, momentum=0.9, epsilon=1e-5
    )
    with mock.patch.dict(layers.NORMS, batch=norm):
        return (
            dcgan.dcgan_generator(100, _widths(), (28, 28, 1)),
            dcgan.dcgan_discriminator((28, 28, 1), _widths()),
        )


if __name__ == "__main__":
    app.run(main)
