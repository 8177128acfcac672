"""Eight Gaussians on a ring: does a GAN find them all?

    python -m benchmarks.ring --losses=non_saturating,hinge,wasserstein
    python -m benchmarks.ring --hacks
    python -m benchmarks.ring --trials="none,no R1" --picture=ring.png

trains a small GAN on points of eight Gaussians with standard deviation 0.035 on
a circle with radius 0.7, and prints how many of them hold at least 1 % of
10,000 samples, and which share of the samples lies within three standard
deviations of a centre: about a minute a line on two CPU cores. With --hacks
each switch of docs/gan_hacks.md is tried by itself, with --trials some of them.
"""

import time

import numpy as np
from absl import app, flags

from keras_gen import console

_LOSSES = flags.DEFINE_list(
    "losses", ["non_saturating", "hinge", "wasserstein"], "Tried one by one."
)
_HACKS = flags.DEFINE_boolean("hacks", False, "Tries every switch instead.")
_TRIALS = flags.DEFINE_list("trials", [], "Some names of HACKS alone.")
_STEPS = flags.DEFINE_integer("steps", 20_000, "Updates of the generator.")
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 256, "Points in an update.")
_SEED = flags.DEFINE_integer("seed", 0, "Of weights, data and samples.")
_PICTURE = flags.DEFINE_string("picture", "", "PNG of the samples, or none.")

NUM_MODES, RADIUS, DEVIATION = 8, 0.7, 0.035
_NUM_SAMPLES = 10_000

# Fields of the Config that a hack switches on.
HACKS = {
    "none": {},
    "2 off: minimax": {"loss": "minimax"},
    "3 off: uniform z": {"latent": "uniform"},
    "4 off: one batch": {"separate_batches": False},
    "5 off: ReLU": {"activation": "relu"},
    "6 one-sided": {"real_target_low": 0.9, "real_target_high": 0.9},
    "6 noisy": {
        "real_target_low": 0.7,
        "real_target_high": 1.2,
        "fake_target_high": 0.3,
    },
    "6 flipped": {"flip_rate": 0.05},
    "7 with a VAE": {"vae_weight": 0.01},
    "8 replay": {"replay_rate": 0.2, "replay_period": 50},
    "8 too much": {"replay_rate": 0.5, "replay_period": 200},
    "13 noise": {"instance_noise": 0.1, "instance_noise_steps": 5000},
    "14 two updates": {"num_discriminator_updates": 2},
    "no average": {"ema_decay": 0.0},
    "gradient penalty": {"gradient_penalty_weight": 0.1, "r1_weight": 0.0},
    "no R1": {"r1_weight": 0.0},
    "7 DCGAN": {"network": "dcgan"},
    "9 SGD for D": {"discriminator": "sgd"},
    "7 + 12 + 16": {
        "network": "dcgan",
        "num_classes": NUM_MODES,
        "conditioning": "channels",
        "auxiliary_weight": 1.0,
    },
    "7 + 15 deviation": {"network": "dcgan", "minibatch_deviation": True},
    "7 + 17 dropout": {"network": "dcgan", "generator_dropout": 0.2},
    "7 + 13 noise in G": {"network": "dcgan", "generator_noise": 0.02},
    "7 + spectral norm": {"network": "dcgan", "spectral_norm": True},
    "7 + classes by norm": {
        "network": "dcgan",
        "num_classes": NUM_MODES,
        "generator_norm": "batch",
        "generator_conditioning": "norm",
    },
    "DiffAugment": {"augmentation": "color"},
}
# A bounded slope keeps all modes: Gulrajani et al. 2017 for the Wasserstein
# loss, Mescheder et al. 2018 for the others. Weights are for slopes of points.
_WASSERSTEIN = {
    "num_discriminator_updates": 2,
    "gradient_penalty_weight": 0.1,
}
_OTHERS = {"r1_weight": 0.02}


@flags.validator("trials", message=f"must be some of: {', '.join(HACKS)}")
def _are_trials(names: list[str]) -> bool:
    return set(names) <= set(HACKS)


def centres() -> np.ndarray:
    """Of the Gaussians, [8, 2]."""
    angle = 2 * np.pi * np.arange(NUM_MODES) / NUM_MODES
    return RADIUS * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def points(num: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """From the ring: images [num, 1, 1, 2], and their modes [num]."""
    random = np.random.default_rng(seed)
    modes = random.integers(0, NUM_MODES, num)
    found = centres()[modes] + DEVIATION * random.normal(size=(num, 2))
    images = found.astype(np.float32).reshape(num, 1, 1, 2)
    return images, modes.astype(np.int32)


def judge(samples: np.ndarray) -> tuple[int, float]:
    """(modes that are found, share of samples within 3 deviations)."""
    offsets = samples.reshape(-1, 1, 2) - centres()
    distance = np.linalg.norm(offsets, axis=-1)  # [N, 8]
    near = distance.min(axis=1) < 3 * DEVIATION
    counts = np.bincount(distance.argmin(axis=1)[near], minlength=NUM_MODES)
    return int((counts >= len(samples) / 100).sum()), float(near.mean())


def build(steps: int, seed: int, **fields):
    """A compiled GAN for pictures of one pixel; see HACKS for the fields."""
    import keras

    import keras_gen

    keras.utils.set_random_seed(seed)
    wasserstein = fields.get("loss") == "wasserstein"
    fields = (_WASSERSTEIN if wasserstein else _OTHERS) | fields
    sgd = fields.pop("discriminator", "") == "sgd"
    model_class, widths = keras_gen.GAN, (128,) * 4
    if fields.pop("network", "") == "dcgan":
        # Each layer of G doubles a picture of which one pixel is kept.
        model_class, widths = keras_gen.DCGAN, (128,) * 2
        norms = {"generator_norm": "none", "discriminator_norm": "none"}
        fields = norms | fields
    model = model_class(
        image_shape=(1, 1, 2),
        latent_size=8,
        generator_widths=widths,
        discriminator_widths=(128,) * 4,
        seed=seed,
        **fields,
    )
    rate = keras.optimizers.schedules.CosineDecay(1e-3, steps)
    model.compile(
        keras.optimizers.Adam(rate, *((0.0, 0.9) if wasserstein else (0.5,))),
        keras.optimizers.SGD(0.05) if sgd else None,
        steps_per_execution=100,
        jit_compile=model_class is keras_gen.GAN,  # Slow for convolutions.
    )
    return model


def train(steps: int, batch_size: int, seed: int, **fields) -> np.ndarray:
    """Samples [10000, 2] of a GAN after training."""
    model = build(steps, seed, **fields)
    rows = batch_size * model.config.num_discriminator_updates
    model.fit(_batches(rows, seed), epochs=1, steps_per_epoch=steps, verbose=0)
    return model.generate(_NUM_SAMPLES, seed=seed).numpy().reshape(-1, 2)


def main(argv: list[str]) -> None:
    """Trains one GAN after the other and prints a line for each."""
    del argv
    console.import_tensorflow()
    trials = {loss: {"loss": loss} for loss in _LOSSES.value}
    if _HACKS.value or _TRIALS.value:
        trials = {name: HACKS[name] for name in _TRIALS.value or HACKS}
    found = {}
    for name, fields in trials.items():
        start = time.perf_counter()
        found[name] = train(
            _STEPS.value, _BATCH_SIZE.value, _SEED.value, **fields
        )
        modes, share = judge(found[name])
        seconds = time.perf_counter() - start
        print(
            f"{name:18} {modes} of {NUM_MODES} modes, {100 * share:5.1f} % "
            f"within 3 sigma, {seconds:4.0f} s",
            flush=True,
        )
    if _PICTURE.value:
        _draw(found)


def _batches(rows: int, seed: int):
    import tensorflow as tf

    data = tf.data.Dataset.from_tensor_slices(points(100_000, seed))
    data = data.cache().repeat().shuffle(100_000, seed=seed)
    return data.batch(rows, drop_remainder=True).prefetch(4)


def _draw(found: dict[str, np.ndarray]) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(
        1, len(found), figsize=(3 * len(found), 3), squeeze=False
    )
    for axis, (name, samples) in zip(axes[0], found.items(), strict=True):
        axis.scatter(*samples[:2000].T, s=2, alpha=0.4)
        axis.scatter(*centres().T, s=60, facecolors="none", edgecolors="k")
        axis.set(title=name, xlim=(-1, 1), ylim=(-1, 1), aspect="equal")
        axis.set_axis_off()
    figure.savefig(_PICTURE.value, dpi=100, bbox_inches="tight")


if __name__ == "__main__":
    app.run(main)
