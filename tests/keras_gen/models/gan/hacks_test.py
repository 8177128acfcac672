"""Every switch: absent at its neutral value, and something when it is on."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gen
from keras_gen.losses import adversarial
from keras_gen.models.gan import game, gan_config, hybrid
from keras_gen.ops import augmentation

TINY = keras_gen.GANConfig.tiny()
IMAGES = np.random.default_rng(0).uniform(-1, 1, (8, 8, 8, 1))
IMAGES = IMAGES.astype(np.float32)

ON = {
    "latent": {"latent": "uniform"},
    "loss": {"loss": "minimax"},
    "together": {"separate_batches": False},
    "smooth": {"real_target_low": 0.9, "real_target_high": 0.9},
    "noisy": {"real_target_low": 0.7, "real_target_high": 1.2},
    "fake": {"fake_target_high": 0.3},
    "flipped": {"flip_rate": 0.5},
    "noise": {"instance_noise": 0.3},
    "replay": {"replay_rate": 0.9, "replay_period": 1000},
    "penalty": {"gradient_penalty_weight": 10.0},
    "r1": {"r1_weight": 10.0},
    "vae": {"vae_weight": 0.1},
    "augmented": {"augmentation": "color,cutout"},
}


def weights_after(steps=3, **fields):
    """Of both players, after training from the same start."""
    keras.utils.set_random_seed(0)
    model = keras_gen.GAN(dataclasses.replace(TINY, **fields))
    model.compile(keras.optimizers.SGD(0.1))
    model.fit(IMAGES, batch_size=8, epochs=steps, verbose=0, shuffle=False)
    players = model.generator, model.discriminator
    return [np.array(w) for each in players for w in each.get_weights()]


@pytest.fixture(scope="module")
def plain():
    return weights_after()


@pytest.mark.parametrize("name", sorted(set(ON) - {"together"}))
def test_a_switch_that_is_on_changes_the_training(name, plain):
    found = weights_after(**ON[name])
    pairs = zip(found, plain, strict=True)
    assert not all(np.array_equal(*pair) for pair in pairs)
    assert all(np.isfinite(each).all() for each in found)


def test_without_batch_statistics_it_does_not_matter_who_shares_a_batch(plain):
    for one, other in zip(
        weights_after(separate_batches=False), plain, strict=True
    ):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_neutral_equals_absent(plain):
    """What the switches at their neutral values leave is the bare game."""
    keras.utils.set_random_seed(0)
    model = keras_gen.GAN(TINY)
    players = [
        (network, keras.optimizers.SGD(0.1))
        for network in (model.generator, model.discriminator)
    ]

    @tf.function
    def step(index):
        seed = model.row_seeds(index, 8)
        latent = model.latent_of(seed, 1)
        with tf.GradientTape(persistent=True) as tape:
            fake = model.generator(latent, training=True)
            on_real = model.discriminator(IMAGES, training=True)[:, 0]
            on_fake = model.discriminator(fake, training=True)[:, 0]
            losses = (
                tf.reduce_sum(tf.math.softplus(on_fake) - on_fake) / 8,
                tf.reduce_sum(
                    tf.math.softplus(on_real)
                    - on_real
                    + tf.math.softplus(on_fake)
                )
                / 8,
            )
        for (network, optimizer), loss in zip(players, losses, strict=True):
            variables = network.trainable_variables
            gradients = tape.gradient(loss, variables)
            optimizer.apply_gradients(zip(gradients, variables, strict=True))

    for network, optimizer in players:
        optimizer.build(network.trainable_variables)
    for index in range(3):
        step(tf.constant(index))
    bare = [w for network, _ in players for w in network.get_weights()]
    for one, other in zip(bare, plain, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("loss", ["hinge", "wasserstein"])
@pytest.mark.parametrize("name", ["smooth", "noisy", "fake", "flipped"])
def test_label_hacks_are_refused_where_there_are_no_targets(name, loss):
    with pytest.raises(ValueError, match=f"The loss {loss} compares logits"):
        dataclasses.replace(TINY, loss=loss, **ON[name])


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"augmentation": "colour"}, "`augmentation` must be some of color"),
        ({"auxiliary_weight": 1.0}, "`auxiliary_weight` needs classes"),
        ({"num_classes": 2}, "use DCGAN. Received: 2"),
        ({"real_target_low": 1.1}, "must not exceed the high ones"),
        ({"flip_rate": 1.5}, "`flip_rate` must be at most 1.0"),
        ({"gradient_penalty_weight": -1.0}, "must be at least 0.0"),
    ],
)
def test_wrong_switches_are_explained(fields, text):
    with pytest.raises(ValueError) as error:
        dataclasses.replace(TINY, **fields)
    assert text in str(error.value)


def test_names_of_the_config_are_those_of_the_code():
    assert tuple(adversarial.LOSSES) == gan_config.LOSSES
    assert tuple(augmentation.POLICIES) == gan_config.POLICIES
    without = {n for n, v in adversarial.LOSSES.items() if not v.has_targets}
    assert without == set(gan_config._WITHOUT_TARGETS)


def test_targets_lie_where_they_are_asked_for():
    config = dataclasses.replace(
        TINY,
        real_target_low=0.7,
        real_target_high=1.2,
        fake_target_high=0.3,
        flip_rate=0.25,
    )
    found = game._targets(config, tf.range(4000))
    real, fake = np.asarray(found.real), np.asarray(found.fake)
    flipped = real < 0.5
    assert 0.22 < flipped.mean() < 0.28
    np.testing.assert_array_equal(flipped, fake > 0.5)
    kept = real[~flipped]
    assert 0.7 <= kept.min() < 0.72 and 1.18 < kept.max() <= 1.2
    assert fake[~flipped].min() >= 0 and fake[~flipped].max() <= 0.3


def test_instance_noise_falls_to_nothing():
    config = dataclasses.replace(
        TINY, instance_noise=0.5, instance_noise_steps=100
    )
    seed, zeros = tf.range(500), tf.zeros((500, 8, 8, 1))
    deviations = [
        float(np.std(game.look(config, step, zeros, zeros, None, seed).real))
        for step in (0, 50, 100, 200)
    ]
    np.testing.assert_allclose(deviations, [0.5, 0.25, 0, 0], rtol=0.02)


def test_replay_shows_an_earlier_generator_at_its_rate():
    config = dataclasses.replace(TINY, replay_rate=0.3)
    seed, ones = tf.range(4000), tf.ones((4000, 1, 1, 1))
    seen = game.look(config, 0, ones, ones, -ones, seed)
    assert 0.27 < float(np.mean(seen.shown < 0)) < 0.33
    np.testing.assert_array_equal(seen.fake, ones)


def test_the_earlier_generator_is_kept_for_a_period():
    model = keras_gen.GAN(
        dataclasses.replace(TINY, replay_rate=0.5, replay_period=3)
    )
    model.compile(keras.optimizers.SGD(0.1))
    for step in range(1, 8):
        model.train_on_batch(IMAGES)
        equal = all(
            np.array_equal(*pair)
            for pair in zip(
                model.past.get_weights(),
                model.generator.get_weights(),
                strict=True,
            )
        )
        assert equal == (step % 3 == 0)


def test_the_hybrid_learns_to_give_images_back():
    """What `vae_weight` adds is the loss of a VAE, and its encoder is asked."""
    config = dataclasses.replace(TINY, vae_weight=1.0, latent_size=8)
    keras.utils.set_random_seed(0)
    model = keras_gen.GAN(config)
    model.compile(keras_gen.Adam(1e-2))

    def error():
        latent = model.run("encode", images=IMAGES)["latent"]
        return np.square(IMAGES - model.decode(latent)).mean()

    before = error()
    model.fit(IMAGES, batch_size=8, epochs=150, verbose=0)
    assert error() < 0.5 * before


def test_the_loss_of_the_hybrid_is_that_of_a_vae():
    config = dataclasses.replace(TINY, vae_weight=1.0)
    model = keras_gen.GAN(config)
    images = tf.constant(IMAGES)
    code = np.array(model.encoder(images))
    # With a posterior of no width the latent vector is its mean.
    kernel, bias = model.encoder.layers[-2].weights
    kernel.assign(kernel * np.float32([1, 1, 1, 0, 0, 0]))
    bias.assign(np.float32([0, 0, 0, -40, -40, -40]))
    found = hybrid.loss(
        model.encoder, model.generator, images, None, tf.range(8)
    )
    mean = code[:, :3]
    rebuilt = np.array(model.generator(mean))
    distance = np.square(IMAGES - rebuilt).sum(axis=(1, 2, 3)) / 2
    rate = 0.5 * (np.exp(-40.0) + mean**2 - 1 + 40).sum(axis=1)
    np.testing.assert_allclose(found, distance + rate, rtol=1e-4)


def test_the_hybrid_needs_the_prior_of_a_vae():
    with pytest.raises(ValueError, match="`vae_weight` needs `latent` normal"):
        dataclasses.replace(TINY, vae_weight=0.1, latent="uniform")


def test_each_optimizer_keeps_slots_for_its_own_player_alone():
    model = keras_gen.GAN(TINY)
    model.compile()
    counts = [
        sum(np.prod(v.shape) for v in each.trainable_variables)
        for each in (model.generator, model.discriminator)
    ]
    for optimizer, count in zip(model.optimizers, counts, strict=True):
        slots = [v for v in optimizer.variables if len(v.shape)]
        assert sum(np.prod(v.shape) for v in slots) == 2 * count
