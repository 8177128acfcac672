"""Codes that are maps: posterior, scale, and the way there and back."""

import dataclasses

import keras
import numpy as np
import pytest

import keras_gen
from keras_gen import networks

CONFIG = keras_gen.KLAutoencoderConfig.tiny()
RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.uniform(-1, 1, (6, 8, 8, 1)).astype(np.float32)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return keras_gen.KLAutoencoder(CONFIG)


def encoder_saying(mean, log_variance):
    """A network that returns these moments, whatever it sees."""
    inputs = keras.Input((8, 8, 1))
    x = keras.layers.AveragePooling2D(2)(inputs)
    moments = keras.layers.Conv2D(4, 1, kernel_initializer="zeros")(x)
    network = keras.Model(inputs, moments)
    kernel, bias = network.get_weights()
    bias[:] = [mean, mean, log_variance, log_variance]
    network.set_weights([kernel, bias])
    return network


@pytest.mark.parametrize(
    ("said", "expected"), [(-40, -30), (-30, -30), (0.5, 0.5), (25, 20)]
)
def test_log_variances_are_clipped(said, expected):
    model = keras_gen.KLAutoencoder(CONFIG, encoder=encoder_saying(2.0, said))
    q = model.posterior(IMAGES)
    assert q.event_shape == (4, 4, 2) and q.batch_shape == (6,)
    np.testing.assert_allclose(q.mean(), np.full((6, 4, 4, 2), 2.0))
    np.testing.assert_allclose(q.variance(), np.exp(expected), rtol=1e-5)


def test_codes_are_means_and_come_back(model):
    latent = model.encode(IMAGES)
    mean = model.posterior(IMAGES).mean()
    np.testing.assert_allclose(latent, mean, atol=1e-5)
    expected = np.clip(model.decoder(latent), -1, 1)
    np.testing.assert_allclose(model.decode(latent), expected, atol=1e-5)
    rebuilt = model.reconstruct(IMAGES)
    np.testing.assert_allclose(rebuilt, expected, atol=1e-5)


def test_adapt_scale_gives_draws_of_posteriors_variance_1(model):
    before = model.reconstruct(IMAGES).numpy()
    scale = model.adapt_scale(IMAGES)
    assert scale == pytest.approx(float(model.scale), rel=1e-6) != 1.0
    q = model.posterior(IMAGES)
    noise = RANDOM.normal(size=(5000, *q.mean().shape))
    draws = scale * (q.mean().numpy() + q.stddev().numpy() * noise)
    assert draws.std() == pytest.approx(1.0, rel=0.01)
    # Codes are scaled, pictures are not.
    latent = model.encode(IMAGES)
    np.testing.assert_allclose(latent, scale * q.mean(), atol=1e-5)
    np.testing.assert_allclose(model.decode(latent), before, atol=1e-5)
    model.scale.assign(1.0)


def test_the_scale_counts_variance_of_means_and_of_posteriors():
    model = keras_gen.KLAutoencoder(
        CONFIG, encoder=encoder_saying(5.0, np.log(4.0))
    )
    assert model.adapt_scale(IMAGES) == pytest.approx(0.5, rel=1e-5)


def test_more_images_than_are_encoded_at_once(model):
    many = np.tile(IMAGES, (40, 1, 1, 1))
    assert model.adapt_scale(many) == pytest.approx(model.adapt_scale(IMAGES))
    model.scale.assign(1.0)


def test_scale_and_codes_survive_a_file(model, tmp_path):
    model.adapt_scale(IMAGES)
    model.save(tmp_path / "model.keras")
    read = keras_gen.load(tmp_path / "model.keras")
    assert float(read.scale) == float(model.scale) != 1.0
    np.testing.assert_allclose(
        read.encode(IMAGES), model.encode(IMAGES), atol=1e-6
    )
    model.scale.assign(1.0)


def test_images_without_a_scale_are_refused(model):
    constant = keras_gen.KLAutoencoder(
        CONFIG, encoder=encoder_saying(5.0, -30.0)
    )
    with pytest.raises(ValueError, match="must have latent maps that differ"):
        constant.adapt_scale(IMAGES)
    with pytest.raises(ValueError, match="`images` must have shape"):
        model.adapt_scale(IMAGES[:, :4])


def test_ways_between_codes(model):
    ways = model.interpolate(IMAGES[:2], IMAGES[2:4], num_steps=3).numpy()
    assert ways.shape == (2, 3, 8, 8, 1)
    rebuilt = model.reconstruct(IMAGES[:4])
    np.testing.assert_allclose(ways[:, 0], rebuilt[:2], atol=1e-5)
    np.testing.assert_allclose(ways[:, 2], rebuilt[2:], atol=1e-5)
    first, last = model.encode(IMAGES[:2]), model.encode(IMAGES[2:4])
    middle = model.decode(0.5 * (first + last))
    np.testing.assert_allclose(ways[:, 1], middle, atol=1e-5)


def test_networks_of_any_size_are_taken():
    sizes = {"widths": (4, 8), "num_blocks": 1, "num_groups": 2}
    model = keras_gen.KLAutoencoder(
        CONFIG,
        encoder=networks.kl_encoder(
            (None, None, 1), latent_channels=2, **sizes
        ),
        decoder=networks.kl_decoder(
            (None, None, 2), output_channels=1, **sizes
        ),
    )
    assert model.reconstruct(IMAGES).shape == IMAGES.shape


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"latent_channels": 3},
            r"`encoder` must map \[B, 8, 8, 1\] to \[B, 4, 4, 6\]. Received a "
            r"network from \[B, None, None, 1\] to \[B, 4, 4, 4\]. Change the "
            "network, or `image_shape`, `widths` and `latent_channels`",
        ),
        ({"widths": (4,)}, r"to \[B, 8, 8, 4\]. Received .* to \[B, 4, 4, 4\]"),
        ({"image_shape": (8, 8, 3)}, r"map \[B, 8, 8, 3\] to \[B, 4, 4, 4\]"),
    ],
)
def test_networks_of_other_shapes_are_refused(changes, message):
    encoder = networks.kl_encoder(
        (None, None, 1),
        widths=(4, 8),
        num_blocks=1,
        num_groups=2,
        latent_channels=2,
    )
    config = dataclasses.replace(CONFIG, **changes)
    with pytest.raises(ValueError, match=message):
        keras_gen.KLAutoencoder(config, encoder=encoder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"image_shape": (8, 7, 1)},
            r"`image_shape` must be .* divide by 2, as `widths` has 2 levels. "
            r"Received: \(8, 7, 1\). Resize the images, or give fewer widths",
        ),
        (
            {"image_shape": (8, 8)},
            r"`image_shape` must have 3 numbers.*\(8, 8\)",
        ),
        ({"widths": ()}, "`widths` must name at least one level"),
        ({"num_groups": 3}, r"`num_groups` must divide .* 3 and \(4, 8\)"),
        (
            {"adversarial_weight": 1.0, "discriminator_widths": (4, 7)},
            r"but the first. Received: 2 and \(4, 7\). Choose a common",
        ),
        (
            {"adversarial_weight": 1.0, "discriminator_widths": (4, 8, 8)},
            r"3 convolutions needs images of at least 12 pixels. .*\(8, 8, 1\)",
        ),
        ({"reconstruction": "l3"}, "`reconstruction` must be one of l1, l2"),
        ({"kl_weight": -1.0}, "`kl_weight` must be at least 0"),
    ],
)
def test_a_config_that_does_not_fit_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(CONFIG, **changes)
    # Without a discriminator its widths are free.
    dataclasses.replace(CONFIG, discriminator_widths=(4, 7))
