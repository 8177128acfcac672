"""What can be asked of a trained DCGAN."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

import keras_gen
from keras_gen import image_generator
from keras_gen.models.gan import dcgan

TINY = keras_gen.DCGANConfig.tiny()


@pytest.fixture(scope="module")
def plain():
    return keras_gen.DCGAN(TINY)


@pytest.fixture(scope="module")
def classes():
    return keras_gen.DCGAN(dataclasses.replace(TINY, num_classes=3))


def test_labels_take_turns_or_are_asked_for(classes):
    turns = classes.generate(4).numpy()
    asked = classes.generate(4, label=[0, 1, 2, 0]).numpy()
    np.testing.assert_array_equal(turns, asked)
    same = classes.generate(4, label=2).numpy()
    np.testing.assert_array_equal(same[2], turns[2])
    assert not np.array_equal(same[0], turns[0])


def test_labels_that_cannot_be_are_refused(plain, classes):
    with pytest.raises(ValueError, match="`label` needs a model with classes"):
        plain.generate(2, label=1)
    with pytest.raises(ValueError, match=r"`labels` must lie in \[0, 2\]"):
        classes.generate(2, label=3)


def test_slerp_keeps_length_and_goes_evenly():
    start, end = tf.constant([[3.0, 0.0]]), tf.constant([[0.0, 3.0]])
    share = tf.constant([[0.0], [1 / 3], [1.0]])
    found = image_generator.slerp(start, end, share).numpy()
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 3, rtol=1e-6)
    angles = np.degrees(np.arctan2(found[:, 1], found[:, 0]))
    np.testing.assert_allclose(angles, [0, 30, 90], atol=1e-4)


def test_slerp_between_equal_vectors_stays():
    start = tf.constant([[1.0, 2.0, 3.0]])
    found = image_generator.slerp(start, start, tf.constant([[0.5]]))
    np.testing.assert_allclose(found, start, rtol=1e-5)


def test_interpolation_starts_and_ends_at_the_two(plain):
    start, end = tf.ones((2, 3)), -2 * tf.eye(2, 3)
    for spherical in (True, False):
        way = plain.interpolate(start, end, 5, spherical=spherical).numpy()
        assert way.shape == (2, 5, 8, 8, 1)
        np.testing.assert_allclose(way[:, 0], plain.decode(start), atol=1e-6)
        np.testing.assert_allclose(way[:, -1], plain.decode(end), atol=1e-6)


def test_arithmetic_takes_means_of_exemplars(plain):
    start = tf.constant([[2.0, 0, 0], [0, 0, 0]])
    minus = tf.constant([[1.0, 1, 1]] * 3)
    plus = tf.constant([[0.0, 0, 3], [0, 0, 1]])
    found = plain.arithmetic(start, minus, plus, num=4).numpy()
    expected = plain.decode(tf.constant([[0.0, -1, 1]]))
    np.testing.assert_allclose(found[:1], expected, atol=1e-6)
    assert len({each.tobytes() for each in found}) == 4


def test_features_are_maxima_of_all_maps(plain):
    images = np.random.default_rng(0).uniform(-1, 1, (5, 8, 8, 1))
    images = images.astype(np.float32)
    found = plain.features(images, batch_size=2)
    # Maps of 4x4 with 4 channels and of 2x2 with 6.
    assert found.shape == (5, 4 * 4 * 4 + 2 * 2 * 6)
    network = plain.discriminator
    first = network.get_layer("map_0")
    maps = first(images)
    np.testing.assert_allclose(
        found[:, :64], np.reshape(maps, (5, -1)), atol=1e-5
    )


def test_pooling_takes_the_maximum_of_every_cell():
    maps = tf.reshape(tf.range(64.0), (1, 8, 8, 1))
    pooled = dcgan._pooled(maps).numpy()[0, :, :, 0]
    expected = np.arange(64).reshape(4, 2, 4, 2).max(axis=(1, 3))
    np.testing.assert_array_equal(pooled, expected)
    assert dcgan._pooled(tf.zeros((2, 7, 7, 3))).shape == (2, 4, 4, 3)


def test_features_need_maps():
    network = keras_gen.networks.mlp((8, 8, 1), (4,), (1,))
    model = keras_gen.DCGAN(TINY, discriminator=network)
    with pytest.raises(ValueError, match="needs convolutions called map_0"):
        model.features(np.zeros((1, 8, 8, 1), np.float32))


def test_dropout_is_on_when_drawing_and_a_function_of_the_seed():
    model = keras_gen.DCGAN(dataclasses.replace(TINY, generator_dropout=0.5))
    assert model.code_size == TINY.latent_size + sum(TINY.generator_widths)
    one, other = model.generate(2).numpy(), model.generate(2).numpy()
    np.testing.assert_array_equal(one, other)
    latent = np.ones((2, model.code_size), np.float32)
    latent[1, TINY.latent_size :] = -1  # Every channel dropped.
    kept, dropped = model.decode(latent).numpy()
    assert not np.array_equal(kept, dropped)


def test_noise_in_the_generator_is_a_part_of_the_latent_vector():
    model = keras_gen.DCGAN(dataclasses.replace(TINY, generator_noise=0.5))
    plain = keras_gen.DCGAN(TINY)
    # Maps of 2x2 and of 4x4.
    assert model.code_size == TINY.latent_size + 2 * 2 + 4 * 4
    plain.average.set_weights(model.average.get_weights())
    latent = np.random.default_rng(0).normal(size=(3, model.code_size))
    latent = latent.astype(np.float32)
    without = plain.decode(latent[:, : TINY.latent_size])
    assert not np.allclose(model.decode(latent), without, atol=1e-5)
    latent[:, TINY.latent_size :] = 0
    np.testing.assert_array_equal(model.decode(latent), without)


def test_noise_in_the_generator_stays_at_its_place():
    """Noise of one place of the 4x4 maps moves the pixels around it alone."""
    model = keras_gen.DCGAN(dataclasses.replace(TINY, generator_noise=1.0))
    latent = np.zeros((2, model.code_size), np.float32)
    latent[1, TINY.latent_size + 4] = 1.0  # The corner above on the left.
    still, moved = model.decode(latent).numpy()[..., 0]
    changed = still != moved
    assert changed[:2, :2].any() and not changed[3:].any()
    assert not changed[:, 3:].any()


def test_noise_in_the_generator_needs_normal_latent_vectors():
    with pytest.raises(ValueError, match="`generator_noise` needs `latent` n"):
        dataclasses.replace(TINY, generator_noise=0.1, latent="uniform")


def test_spectral_norm_bounds_the_stretch_of_kernels():
    config = dataclasses.replace(TINY, spectral_norm=True)
    model = keras_gen.DCGAN(config)
    model.compile()
    images = np.random.default_rng(0).uniform(-1, 1, (8, 8, 8, 1))
    model.fit(images.astype(np.float32), epochs=20, verbose=0)
    model.discriminator(images, training=True)
    kernel = model.discriminator.get_layer("map_1").layer.kernel
    matrix = np.reshape(kernel, (-1, kernel.shape[-1]))
    assert np.linalg.norm(matrix, 2) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(
    "fields", [{"r1_weight": 1.0}, {"gradient_penalty_weight": 10.0}]
)
def test_penalties_on_slopes_are_refused_with_batch_norm(fields):
    with pytest.raises(ValueError, match="`discriminator_norm` batch mixes"):
        dataclasses.replace(TINY, **fields)
    dataclasses.replace(TINY, discriminator_norm="layer", **fields)


def test_classes_by_norm_change_the_image_by_scale_and_shift_alone():
    config = dataclasses.replace(
        TINY, num_classes=3, generator_conditioning="norm"
    )
    model = keras_gen.DCGAN(config)
    images = model.decode(np.ones((3, 3), np.float32)).numpy()  # Classes 0-2.
    assert not np.array_equal(images[0], images[1])
    affine = [
        layer
        for layer in model.average.layers
        if isinstance(layer, keras_gen.layers.ConditionalAffine)
    ]
    assert len(affine) == len(TINY.generator_widths)
    for layer in affine:
        layer.set_weights([np.ones_like(w) for w in layer.get_weights()])
    images = model.decode(np.ones((3, 3), np.float32)).numpy()
    np.testing.assert_array_equal(images[0], images[2])


def test_classes_by_norm_need_both():
    for fields in ({"num_classes": 0}, {"generator_norm": "none"}):
        with pytest.raises(ValueError, match="norm needs classes and a norm"):
            dataclasses.replace(
                TINY,
                **{"num_classes": 3, "generator_conditioning": "norm"} | fields,
            )
