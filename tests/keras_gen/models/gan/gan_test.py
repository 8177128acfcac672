"""Two players who never touch each other's variables."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gen

IMAGES = np.random.default_rng(0).uniform(-1, 1, (8, 8, 8, 1))
IMAGES = IMAGES.astype(np.float32)
TINY = keras_gen.GANConfig.tiny()


def built(**fields):
    keras.utils.set_random_seed(0)
    return keras_gen.GAN(dataclasses.replace(TINY, **fields))


def weights(network):
    return [np.array(w) for w in network.get_weights()]


def moved(before, network):
    pairs = zip(before, network.get_weights(), strict=True)
    return [not np.array_equal(*pair) for pair in pairs]


@pytest.mark.parametrize("player", ["generator", "discriminator"])
def test_an_optimizer_moves_its_own_player_alone(player):
    still = "discriminator" if player == "generator" else "generator"
    model = built()
    rates = {f"{player}_optimizer": 0.1, f"{still}_optimizer": 0.0}
    model.compile(**{k: keras.optimizers.SGD(v) for k, v in rates.items()})
    before = {n: weights(getattr(model, n)) for n in (player, still)}
    model.fit(IMAGES, batch_size=8, verbose=0)
    assert all(moved(before[player], getattr(model, player)))
    assert not any(moved(before[still], getattr(model, still)))


def test_optimizers_are_equal_and_apart_where_one_is_given():
    model = built()
    model.compile(keras_gen.Adam(0.3))
    first, second = model.optimizers
    assert first is not second
    assert first.get_config() == second.get_config()


def test_both_optimizers_and_the_average_are_saved(tmp_path):
    model = built()
    model.compile("adam", keras.optimizers.SGD(0.1, momentum=0.9))
    model.fit(IMAGES, batch_size=4, verbose=0)
    model.save(tmp_path / "gan.keras")
    loaded = keras_gen.load(tmp_path / "gan.keras")
    for one, other in zip(model.optimizers, loaded.optimizers, strict=True):
        assert type(one) is type(other)
        assert len(one.variables) == len(other.variables) > 2
        for mine, theirs in zip(one.variables, other.variables, strict=True):
            np.testing.assert_array_equal(mine, theirs)
    np.testing.assert_array_equal(loaded.generate(3), model.generate(3))


def test_the_average_follows_its_equation():
    model = built(ema_decay=0.15)
    model.compile(keras.optimizers.SGD(0.1))
    expected = weights(model.average)
    for decay in (1 / 10, 0.15, 0.15):  # Lower in the first steps.
        model.train_on_batch(IMAGES)
        new = weights(model.generator)
        pairs = zip(expected, new, strict=True)
        expected = [decay * old + (1 - decay) * weight for old, weight in pairs]
    for mean, found in zip(expected, weights(model.average), strict=True):
        np.testing.assert_allclose(found, mean, rtol=1e-5, atol=1e-7)


def test_without_decay_the_average_is_the_generator():
    model = built(ema_decay=0.0)
    model.compile(keras.optimizers.SGD(0.1))
    model.fit(IMAGES, batch_size=4, verbose=0)
    latent = tf.ones((2, 3))
    np.testing.assert_array_equal(model.decode(latent), model.generator(latent))


def test_a_batch_that_cannot_be_split_is_refused():
    model = built(num_discriminator_updates=3)
    model.compile("sgd", run_eagerly=True)
    with pytest.raises(ValueError, match="multiple of `num_discriminator_upd"):
        model.fit(IMAGES, batch_size=8, verbose=0)


@pytest.mark.parametrize("replicas", [2, 4])
def test_parts_of_replicas_make_those_of_one_device(replicas):
    model = built(num_discriminator_updates=2)
    rows = tf.range(16)
    (first, _), (second, _) = model._parts({"rows": rows}, rows)
    found = [[], []]
    for local in tf.split(rows, replicas):
        for part, (batch, seed) in zip(
            found, model._parts({"rows": local}, local), strict=True
        ):
            np.testing.assert_array_equal(batch["rows"], seed)
            part.extend(seed.numpy())
    np.testing.assert_array_equal(found[0], first["rows"])
    np.testing.assert_array_equal(found[1], second["rows"])


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"ema_decay": 1.0}, "`ema_decay` must be below 1"),
        ({"loss": "magic"}, "`loss` must be one of non_saturating, minimax"),
        (
            {"num_discriminator_updates": -1},
            "`num_discriminator_updates` must be at least 1. Received: -1",
        ),
        (
            {"image_shape": (8, 8)},
            "`image_shape` must have 3 numbers: (H, W, C)",
        ),
    ],
)
def test_wrong_fields_are_explained(fields, text):
    with pytest.raises(ValueError) as error:
        built(**fields)
    assert text in str(error.value)


def test_a_network_that_does_not_fit_is_explained():
    wrong = keras_gen.networks.mlp((4,), (2,), (8, 8, 1))
    with pytest.raises(ValueError, match="`generator` must map rows of shape"):
        keras_gen.GAN(TINY, generator=wrong)


def test_images_outside_the_range_are_refused():
    model = built()
    model.compile()
    with pytest.raises(ValueError, match=r"`images` must lie in \[-1, 1\]"):
        model.fit(IMAGES * 2, verbose=0)
