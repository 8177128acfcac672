"""Trains a small model under a strategy and writes weights and history.

Run in a process of its own, since devices are set up once for each process:
`python -m tests.keras_gen.distribution_worker OUTPUT STRATEGY CASE`.
"""

import dataclasses
import json
import sys

import keras
import numpy as np
import tensorflow as tf

import keras_gen
from keras_gen import artifacts, strategies
from keras_gen.models.gan import dcgan_config
from keras_gen.models.kl_autoencoder import kl_autoencoder_config
from keras_gen.models.nerf import nerf_config
from keras_gen.models.vae import vae_config

GLOBAL_BATCH = 8


def convolution(channels: int, width: int) -> keras.Model:
    """[B, 8, 8, channels] -> [B, 8, 8, width]."""
    layer = keras.layers.Conv2D(width, 3, padding="same")
    return keras.Sequential([keras.Input((8, 8, channels)), layer])


MODELS = {
    "vae": lambda: keras_gen.VAE(vae_config.VAEConfig.tiny()),
    # Two optimizers; and what looks at a whole batch, or assigns in a call:
    # batch normalization, the deviation of a batch, the power iteration of
    # spectral normalization.
    "dcgan": lambda: keras_gen.DCGAN(
        dataclasses.replace(
            dcgan_config.DCGANConfig.tiny(),
            spectral_norm=True,
            minibatch_deviation=True,
            num_discriminator_updates=2,
        )
    ),
    # Whose generator's share is weighed by gradients of all replicas. Its own
    # networks would take more time than all the rest.
    "kl": lambda: keras_gen.KLAutoencoder(
        dataclasses.replace(
            kl_autoencoder_config.KLAutoencoderConfig.tiny(),
            widths=(4,),
            adversarial_weight=0.5,
            adversarial_start_step=2,
        ),
        encoder=convolution(1, 4),
        decoder=convolution(2, 1),
    ),
    # Whose replicas go different ways in a step.
    "nerf": lambda: keras_gen.NeRF(
        dataclasses.replace(nerf_config.NeRFConfig.tiny(), field="hash")
    ),
}
OPTIMIZERS = {
    "sgd": lambda: keras.optimizers.SGD(1e-3, momentum=0.9),
    "adam": lambda: keras_gen.Adam(1e-3, use_ema=True),
    "clipped": lambda: keras.optimizers.SGD(1e-2, global_clipnorm=0.5),
}


def images(random: np.random.Generator, num: int) -> np.ndarray:
    """Noise."""
    return random.uniform(-1, 1, (num, 8, 8, 1)).astype("float32")


def rays(random: np.random.Generator, num: int) -> tuple:
    """Rays [N, 6] that look through a scene, and colours for them [N, 3]."""
    found = np.zeros((num, 6), np.float32)
    found[:, 2], found[:, 5] = 4.0, -1.0
    found[:, 3:5] = random.uniform(-0.4, 0.4, (num, 2))
    return found, random.uniform(-1, 1, (num, 3)).astype("float32")


def batches(examples: object, drop_remainder: bool) -> tf.data.Dataset:
    """Batches sharded by rows of the global batch."""
    dataset = tf.data.Dataset.from_tensor_slices(examples)
    dataset = dataset.batch(GLOBAL_BATCH, drop_remainder=drop_remainder)
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = (
        tf.data.experimental.AutoShardPolicy.DATA
    )
    return dataset.with_options(options)


def run(strategy: tf.distribute.Strategy, case: str) -> dict:
    """Fits and evaluates: history, evaluation, weights of all replicas."""
    model_name, optimizer, steps, jit, num = case.split(",")
    keras.utils.set_random_seed(7)
    with strategy.scope():
        model = MODELS[model_name]()
        model.compile(
            OPTIMIZERS[optimizer](),
            steps_per_execution=int(steps),
            jit_compile=jit == "xla",
        )
    draw = rays if model_name == "nerf" else images
    examples = draw(np.random.default_rng(0), int(num))
    data = batches(examples, drop_remainder=int(num) % GLOBAL_BATCH == 0)
    history = model.fit(data, epochs=2, validation_data=data, verbose=0)
    evaluation = model.evaluate(data, return_dict=True, verbose=0)
    variables = model.trainable_variables + model.non_trainable_variables
    for each in model.optimizers:
        variables += each.variables
    return {
        "history": history.history,
        "evaluation": evaluation,
        "weights": [np.asarray(v).astype(float).tolist() for v in variables],
        "spread": max(map(spread, variables)),
        "steps": int(model.step.numpy()),
    }


def spread(variable: keras.Variable) -> float:
    """Greatest difference between a variable's copies on replicas."""
    first, *others = getattr(variable.value, "values", [variable.value])
    found = [np.abs(each - first).max(initial=0) for each in others]
    return float(max(found, default=0.0))


def main() -> None:
    """Writes the results of all cases given on the command line."""
    output, strategy_name, *cases = sys.argv[1:]
    # As in tests/conftest.py.
    tf.config.optimizer.set_experimental_options(
        {"disable_meta_optimizer": True}
    )
    if strategy_name == "mirrored":
        cpu = tf.config.list_physical_devices("CPU")[0]
        two = [tf.config.LogicalDeviceConfiguration()] * 2
        tf.config.set_logical_device_configuration(cpu, two)
    strategy = strategies.named(strategy_name)
    results = {case: run(strategy, case) for case in cases}
    with artifacts.atomic_file(output, seal=False) as temporary:
        temporary.write_text(json.dumps(results))
    # A worker that leaves early may take a message with it that another has
    # not read yet: stay until the test has seen what all have written.
    sys.stdin.read()


if __name__ == "__main__":
    main()
