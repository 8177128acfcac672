"""Training the autoencoder: its losses, both players, what it is lent."""

import dataclasses
import math

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gen
from keras_gen.ops import seeds

TINY = keras_gen.KLAutoencoderConfig.tiny()
BOTH = dataclasses.replace(TINY, adversarial_weight=0.5)
RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.uniform(-1, 1, (6, 8, 8, 1)).astype(np.float32)
SEED = tf.range(6)


def build(config=TINY, **changes):
    """An equal model each time, whose weights are not those of a new one."""
    options = {k: changes.pop(k) for k in ("perceptual",) if k in changes}
    keras.utils.set_random_seed(0)
    model = keras_gen.KLAutoencoder(
        dataclasses.replace(config, **changes), **options
    )
    for network in filter(
        None, (model.encoder, model.decoder, model.discriminator)
    ):
        random = np.random.default_rng(1)
        for each in network.trainable_variables:
            each.assign(each + random.normal(0, 0.05, each.shape))
    return model


def losses(model, training=False):
    found = model.losses({"images": tf.constant(IMAGES)}, SEED, training)
    return {name: np.asarray(value) for name, value in found.items()}


def brightness(images, others):
    """A perceptual distance that can be computed by hand."""
    means = (tf.reduce_mean(x, axis=(1, 2, 3)) for x in (images, others))
    return tf.square(tf.subtract(*means))


def rebuilt_of(model):
    """What training reconstructs with the noise of SEED."""
    q = model.posterior(IMAGES)
    noise = seeds.normal(SEED, (4, 4, 2), 1)
    return np.asarray(model.decoder(q.mean() + q.stddev() * noise))


@pytest.mark.parametrize(("name", "power"), [("l1", 1), ("l2", 2)])
def test_the_loss_is_a_sum_over_the_image(name, power):
    model = build(reconstruction=name, kl_weight=0.25)
    found = losses(model)
    error = np.abs(IMAGES - rebuilt_of(model)) ** power
    expected = error.sum((1, 2, 3))
    np.testing.assert_allclose(found["reconstruction"], expected, rtol=1e-4)
    expected += 0.25 * found["kl"]
    np.testing.assert_allclose(found["loss"], expected, rtol=1e-4)
    assert set(found) == {"loss", "reconstruction", "kl"}


def test_the_kl_divergence_in_closed_form():
    model = build()
    q = model.posterior(IMAGES)
    mean, variance = q.mean().numpy(), q.variance().numpy()
    each = 0.5 * (mean**2 + variance - 1 - np.log(variance))
    expected = each.sum((1, 2, 3))
    np.testing.assert_allclose(losses(model)["kl"], expected, rtol=1e-4)


def test_the_perceptual_distance_weighs_like_a_pixel():
    plain = losses(build())
    model = build(perceptual_weight=3.0, perceptual=brightness)
    found = losses(model)
    expected = brightness(IMAGES, rebuilt_of(model)).numpy()
    np.testing.assert_allclose(found["perceptual"], expected, atol=1e-6)
    difference = found["loss"] - plain["loss"]
    np.testing.assert_allclose(difference, 3 * 64 * expected, atol=1e-4)
    assert np.abs(difference).min() > 1e-3


def test_learned_noise_starts_neutral_and_finds_the_mean_error():
    np.testing.assert_array_equal(
        losses(build(learn_noise=True))["loss"], losses(build())["loss"]
    )
    model = build(learn_noise=True, kl_weight=0.0)
    error = losses(model)["reconstruction"]
    model.log_noise.assign(-0.7)
    expected = error / math.exp(-0.7) - 0.7 * 64
    np.testing.assert_allclose(losses(model)["loss"], expected, rtol=1e-4)

    def slope(log_noise):
        model.log_noise.assign(log_noise)
        with tf.GradientTape() as tape:
            loss = model.losses({"images": IMAGES}, SEED, False)["loss"]
            loss = tf.reduce_mean(loss)
        return tape.gradient(loss, model.log_noise.value)

    best = np.log(error.mean() / 64)
    assert abs(slope(best)) < 1e-3 < slope(best + 0.1)
    assert any(each is model.log_noise for each in model.own_variables)


def test_noise_is_a_function_of_the_seed():
    model = build()
    first = losses(model)["reconstruction"]
    np.testing.assert_array_equal(first, losses(model)["reconstruction"])
    other = model.losses({"images": IMAGES}, SEED + 9, False)["reconstruction"]
    assert (np.asarray(other) != first).all()


# The second player.


def test_hinge_losses_are_means_over_patches():
    model = build(BOTH)
    found = losses(model)
    real = model.discriminator(IMAGES).numpy()
    fake = model.discriminator(rebuilt_of(model)).numpy()
    assert real.shape == (6, 2, 2, 1)
    axes = (1, 2, 3)
    of_discriminator = np.maximum(0, 1 - real) + np.maximum(0, 1 + fake)
    np.testing.assert_allclose(
        found["discriminator_loss"], of_discriminator.mean(axes), atol=1e-5
    )
    np.testing.assert_allclose(
        found["generator_loss"], -fake.mean(axes), atol=1e-5
    )
    np.testing.assert_allclose(found["loss"], losses(build())["loss"], 1e-5)


def moves(config, **changes):
    """{network: changes of its variables} by one step of SGD."""
    model = build(config, **changes)
    model.compile(keras.optimizers.SGD(0.01), run_eagerly=True)
    networks = {"encoder": model.encoder, "decoder": model.decoder}
    if model.discriminator is not None:
        networks["discriminator"] = model.discriminator
    before = {name: each.get_weights() for name, each in networks.items()}
    model.train_step({"images": tf.constant(IMAGES)}, SEED)
    return {
        name: [
            new - old
            for new, old in zip(each.get_weights(), before[name], strict=True)
        ]
        for name, each in networks.items()
    }


def test_before_it_joins_the_discriminator_changes_nothing():
    plain, late = moves(TINY), moves(BOTH, adversarial_start_step=1)
    for name, expected in plain.items():
        assert len(expected) > 10
        for found, move in zip(late[name], expected, strict=True):
            np.testing.assert_allclose(found, move, atol=1e-6)
    assert not any(move.any() for move in late["discriminator"])
    joined = moves(BOTH, adversarial_start_step=0)
    # The hinge of small logits leaves the last bias where it is.
    *moved, of_bias = joined["discriminator"]
    assert moved and all(move.any() for move in moved)
    np.testing.assert_allclose(of_bias, [0.0], atol=1e-7)


@pytest.mark.parametrize("adaptive", [False, True])
def test_the_weight_of_the_discriminator(adaptive):
    """Its gradient at the last kernel is as long as that of the loss."""
    model = build(BOTH)
    last = model.decoder.get_layer("conv_out").kernel
    index = [id(v) for v in model.decoder.weights].index(id(last))
    plain, joined = (
        moves(config, adaptive_weight=adaptive)["decoder"][index]
        for config in (TINY, BOTH)
    )
    with tf.GradientTape() as tape:
        found = model.losses({"images": tf.constant(IMAGES)}, SEED, True)
        loss = tf.reduce_mean(found["generator_loss"])
    gradient = tape.gradient(loss, last.value).numpy()
    expected = -0.01 * 0.5 * gradient
    if adaptive:
        length = np.linalg.norm(gradient) + 1e-4
        expected *= np.linalg.norm(plain / 0.01) / length
    found = joined - plain
    np.testing.assert_allclose(
        found, expected, atol=0.02 * np.abs(expected).max()
    )
    assert np.abs(expected).max() > 1e-6


def test_both_optimizers_survive_a_file(tmp_path):
    model = build(BOTH)
    model.compile("sgd", discriminator_optimizer="adam")
    model.fit(IMAGES, batch_size=3, verbose=0)
    model.save(tmp_path / "model.keras")
    read = keras_gen.load(tmp_path / "model.keras")
    kinds = [type(each).__name__ for each in read.optimizers]
    assert kinds == ["SGD", "Adam"]
    assert [int(each.iterations) for each in read.optimizers] == [2, 2]


def test_without_a_discriminator_there_is_no_second_optimizer():
    model = build()
    model.compile("adam")
    assert model.discriminator is None and len(model.optimizers) == 1
    with pytest.raises(ValueError, match="`discriminator_optimizer` needs a d"):
        model.compile("adam", discriminator_optimizer="sgd")


# The distance it is lent.


def test_metrics_are_what_the_config_switches_on():
    everything = dataclasses.replace(BOTH, perceptual_weight=1.0)
    assert build(everything).loss_names == (
        "loss",
        "reconstruction",
        "kl",
        "perceptual",
        "generator_loss",
        "discriminator_loss",
    )
    assert build().loss_names == ("loss", "reconstruction", "kl")


def test_a_loaded_model_answers_but_needs_its_distance_to_train(tmp_path):
    network = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Dense(7)])

    def distance(images, others):
        squares = tf.square(network(images) - network(others))
        return tf.reduce_mean(squares, axis=(1, 2, 3))

    model = build(perceptual_weight=1.0, perceptual=distance)
    model.compile("adam")
    before = network.get_weights()
    first = model.fit(IMAGES, verbose=0).history["perceptual"]
    # Lent: neither trained nor counted nor saved.
    np.testing.assert_array_equal(network.get_weights()[0], before[0])
    assert len(model.weights) == len(build().weights)
    model.save(tmp_path / "model.keras")
    read = keras_gen.load(tmp_path / "model.keras")
    np.testing.assert_allclose(
        read.reconstruct(IMAGES), model.reconstruct(IMAGES), atol=1e-6
    )
    message = "needs a perceptual distance, .* weight 1.0 and no .* `use_perc"
    for ask in (read.fit, read.evaluate):
        with pytest.raises(ValueError, match=message):
            ask(IMAGES, verbose=0)
    read.use_perceptual(distance)
    history = read.fit(IMAGES, epochs=5, verbose=0).history
    assert history["perceptual"][-1] < first[0]


@pytest.mark.parametrize(
    ("weight", "distance", "message"),
    [
        (0.0, brightness, "`perceptual` needs `perceptual_weight` above 0"),
        (
            1.0,
            lambda images, others: images - others,
            r"`perceptual\(...\)` must have shape \[1\]. Received .*1, 8, 8, 1",
        ),
    ],
)
def test_a_distance_that_does_not_fit_is_refused(weight, distance, message):
    with pytest.raises(ValueError, match=message):
        build(perceptual_weight=weight, perceptual=distance)


def test_reconstructions_get_better():
    model = build(BOTH, adversarial_start_step=40)
    model.compile(keras_gen.Adam(3e-3))
    history = model.fit(IMAGES, epochs=60, verbose=0).history
    error = history["reconstruction"]
    assert error[39] < 0.7 * error[0]
    assert (
        history["discriminator_loss"][-1]
        < 0.9 * (history["discriminator_loss"][39])
    )
