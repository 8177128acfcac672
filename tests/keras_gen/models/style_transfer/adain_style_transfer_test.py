"""Features take the statistics of a style, and become an image again."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gen
from keras_gen import data, weights
from keras_gen.losses import style as style_losses
from keras_gen.models.style_transfer import adain_style_transfer as adain
from tests import real_data
from tests.keras_gen.models.style_transfer import style_networks

CONFIG = keras_gen.AdaINStyleTransferConfig.tiny()
CONTENT = style_networks.image(17, 26)
STYLE = style_networks.image(20, 19, seed=1)


@pytest.fixture(scope="module")
def model():
    encoder = style_networks.vgg(CONFIG.layers, padding="reflection")
    return keras_gen.AdaINStyleTransfer(CONFIG, encoder=encoder)


def test_statistics_become_those_of_the_style():
    random = np.random.default_rng(0)
    content = random.normal(1.0, 2.0, (2, 6, 5, 4)).astype(np.float32)
    style = random.normal(-1.0, 0.5, (2, 3, 7, 4)).astype(np.float32)
    found = adain.adaptive_instance_norm(content, style)
    pairs = zip(
        style_losses.statistics(found),
        style_losses.statistics(style),
        strict=True,
    )
    for one, other in pairs:
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)
    same = adain.adaptive_instance_norm(content, content)
    np.testing.assert_allclose(same, content, rtol=1e-4, atol=1e-5)


def test_strength_and_shares(model):
    whole = model.stylize(CONTENT, STYLE)
    assert whole.shape == CONTENT.shape and np.abs(whole).max() <= 1
    none = model.stylize(CONTENT, STYLE, strength=0.0)
    other = model.stylize(CONTENT, CONTENT, strength=0.0)
    np.testing.assert_array_equal(none, other)
    both = model.stylize(CONTENT, [STYLE, CONTENT], shares=[1.0, 0.0])
    np.testing.assert_allclose(both, whole, atol=1e-5)


def test_bad_input_is_explained(model):
    with pytest.raises(ValueError, match=r"`strength` must lie in \[0, 1\]"):
        model.stylize(CONTENT, STYLE, strength=1.5)
    with pytest.raises(ValueError, match="`shares` must be 2 numbers"):
        model.stylize(CONTENT, [STYLE, STYLE], shares=[1.0])
    with pytest.raises(ValueError, match="at least 16, multiples of 8"):
        keras_gen.AdaINStyleTransferConfig(image_shape=(20, 16, 3))
    encoder = style_networks.vgg(CONFIG.layers[:1])
    with pytest.raises(ValueError, match="`encoder` must return .*block2"):
        keras_gen.AdaINStyleTransfer(CONFIG, encoder=encoder)
    with pytest.raises(ValueError, match="`decoder` must map"):
        keras_gen.AdaINStyleTransfer(
            CONFIG,
            encoder=model.encoder,
            decoder=keras.Sequential(
                [keras.Input((None, None, 8)), keras.layers.Conv2D(3, 1)]
            ),
        )


@pytest.mark.data
def test_with_real_weights_it_reconstructs_and_gives_a_style():
    vgg = real_data.path("vgg19_normalised/vgg19_normalised_keras_fp16.npz")
    decoder = real_data.path("vgg19_normalised/adain_decoder_fp16.npz")
    config = keras_gen.AdaINStyleTransferConfig()
    model = keras_gen.AdaINStyleTransfer(
        config,
        encoder=weights.vgg19(vgg, config.layers, padding="reflection"),
        decoder=weights.adain_decoder(decoder),
    )
    photo, painting = (
        data.read_image(real_data.path(f"style_images/{name}"), 128)
        for name in ("Tuebingen_Neckarfront.jpg", "vangogh_starry_night.jpg")
    )
    content = model.stylize(photo, painting, strength=0.0)
    assert tf.image.psnr(content, photo, 2.0)[0] > 16.0
    styled = model.stylize(photo, painting)

    def distance(image):
        found, wanted = (model.encoder(each) for each in (image, painting))
        return sum(
            float(style_losses.statistics_loss(found[k], wanted[k])[0])
            for k in config.layers
        )

    assert distance(styled) < 0.3 * distance(photo)
