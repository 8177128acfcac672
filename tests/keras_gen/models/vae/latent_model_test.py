"""Encoding, decoding, own networks, the mean image, and walks between codes."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gen

IMAGES = np.random.default_rng(0).uniform(-1, 1, (3, 4, 4, 1)).astype("f")
SIZES = {"image_shape": (4, 4, 1), "latent_size": 2, "widths": (4,)}


@pytest.fixture(scope="module")
def vae():
    keras.utils.set_random_seed(0)
    return keras_gen.VAE(**SIZES)


def test_image_i_of_generate_has_seed_plus_i(vae):
    images = vae.generate(6, seed=3)
    assert images.shape == (6, 4, 4, 1)
    np.testing.assert_allclose(vae.generate(2, seed=5), images[2:4], atol=1e-6)
    rows = {row.numpy().tobytes() for row in images}
    assert len(rows) == 6


def test_reconstruct_is_decode_of_encode(vae):
    found = vae.reconstruct(IMAGES)
    expected = vae.decode(vae.encode(IMAGES))
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_allclose(vae(IMAGES), expected, atol=1e-6)


def test_the_ends_of_interpolate_are_reconstructions(vae):
    found = vae.interpolate(IMAGES[:2], IMAGES[1:], num_steps=5)
    assert found.shape == (2, 5, 4, 4, 1)
    expected = vae.reconstruct(IMAGES)
    np.testing.assert_allclose(found[:, 0], expected[:2], atol=1e-6)
    np.testing.assert_allclose(found[:, -1], expected[1:], atol=1e-6)
    middle = (vae.encode(IMAGES)[0] + vae.encode(IMAGES)[1]) / 2
    halfway = vae.decode(middle[tf.newaxis])
    np.testing.assert_allclose(found[:1, 2], halfway, atol=1e-6)


def test_pictures_never_leave_the_range_of_an_image():
    vae = keras_gen.VAE(likelihood="gaussian", **SIZES)
    images = vae.decode(np.float32([[1e3, -1e3], [-1e3, 1e3]])).numpy()
    assert images.min() == -1 and images.max() == 1


def test_png_files_are_the_generated_images(vae):
    files = vae.run("generate_png", seed=np.int32([4, 9]))["images_bytes"]
    expected = vae.run("generate", seed=np.int32([4, 9]))["images"]
    for file, image in zip(files, expected, strict=True):
        found = tf.io.decode_png(file).numpy() / 127.5 - 1
        np.testing.assert_allclose(found, image, atol=1.01 / 255)


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_after_adapt_a_silent_decoder_shows_the_mean_image(likelihood):
    vae = keras_gen.VAE(likelihood=likelihood, **SIZES)
    vae.decoder.set_weights([0 * w for w in vae.decoder.get_weights()])
    vae.adapt(IMAGES)
    found = vae.decode(np.float32([[1, 2]]))
    np.testing.assert_allclose(found[0], IMAGES.mean(0), atol=1e-5)


def test_adapt_changes_what_is_saved_and_nothing_that_is_trained(tmp_path):
    vae = keras_gen.Autoencoder(**SIZES)
    vae.compile("sgd")
    before = [v.value.numpy() for v in vae.trainable_variables]
    vae.adapt(IMAGES)
    for variable, value in zip(vae.trainable_variables, before, strict=True):
        np.testing.assert_array_equal(variable.value, value)
    vae.save(tmp_path / "model.keras")
    loaded = keras_gen.load(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.offset.value, vae.offset.value)
    assert np.any(loaded.offset.value)


def test_adapt_of_black_images_is_finite():
    vae = keras_gen.VAE(**SIZES)
    vae.adapt(np.full((1, 4, 4, 1), -1, "float32"))
    assert np.isfinite(vae.offset.value).all()
    with pytest.raises(ValueError, match=r"`images` must lie in \[-1, 1\]"):
        vae.adapt(np.full((1, 4, 4, 1), 255, "float32"))


def encoder(output_size, image_shape=(4, 4, 1)):
    layers = [keras.layers.Flatten(), keras.layers.Dense(output_size)]
    return keras.Sequential([keras.Input(image_shape), *layers])


def decoder(latent_size=2, image_shape=(4, 4, 1)):
    layers = [
        keras.layers.Dense(int(np.prod(image_shape))),
        keras.layers.Reshape(image_shape),
    ]
    return keras.Sequential([keras.Input((latent_size,)), *layers])


@pytest.mark.parametrize(
    ("model_class", "codes"), [(keras_gen.VAE, 2), (keras_gen.Autoencoder, 1)]
)
def test_own_networks_are_used_trained_and_saved(tmp_path, model_class, codes):
    own = encoder(2 * codes)
    model = model_class(encoder=own, **SIZES)
    model.compile("adam", run_eagerly=True)
    assert model.encoder is own
    before = own.get_weights()
    model.fit(IMAGES, verbose=0)
    assert not np.array_equal(own.get_weights()[0], before[0])
    model.save(tmp_path / "model.keras")
    loaded = keras_gen.load(tmp_path / "model.keras")
    kinds = [type(layer) for layer in loaded.encoder.layers]
    assert kinds == [keras.layers.Flatten, keras.layers.Dense]
    expected = model.reconstruct(IMAGES)
    np.testing.assert_allclose(loaded.reconstruct(IMAGES), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("networks", "message"),
    [
        (
            {"encoder": encoder(3)},
            r"`encoder` must map \[B, 4, 4, 1\] to \[B, 4\]. Received a "
            r"network from \[B, 4, 4, 1\] to \[B, 3\]. Change the network, or "
            "`image_shape` and `latent_size`",
        ),
        (
            {"encoder": encoder(4, (4, 5, 1))},
            r"Received a network from \[B, 4, 5, 1\] to \[B, 4\]",
        ),
        ({"decoder": decoder(3)}, r"`decoder` must map \[B, 2\] to \[B, 4, 4"),
        ({"decoder": decoder(2, (4, 4, 3))}, r"to \[B, 4, 4, 3\]"),
    ],
)
def test_networks_of_other_shapes_are_refused(networks, message):
    with pytest.raises(ValueError, match=message):
        keras_gen.VAE(**networks, **SIZES)


def test_a_learned_scale_is_a_trainable_variable():
    fixed = keras_gen.VAE(likelihood="gaussian", scale=0.2, **SIZES)
    learned = keras_gen.VAE(
        likelihood="gaussian", scale=0.2, learn_scale=True, **SIZES
    )
    count = len(fixed.trainable_variables)
    assert len(learned.trainable_variables) == count + 1
    assert float(learned.log_scale.value) == pytest.approx(np.log(0.2))
