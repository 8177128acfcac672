"""One network of several styles, for images of any size."""

import numpy as np
import pytest
import tensorflow as tf

import keras_gen
from keras_gen.ops import images as image_ops
from tests.keras_gen.models.style_transfer import style_networks

CONFIG = keras_gen.FastStyleTransferConfig.tiny()
STYLES = [style_networks.image(seed=k)[0] for k in (1, 2)]


def build(styles=None):
    features = style_networks.vgg(CONFIG.layers)
    return keras_gen.FastStyleTransfer(CONFIG, features=features, styles=styles)


@pytest.fixture(scope="module")
def model():
    return build(STYLES)


def test_it_learns_the_gram_matrices_of_its_styles(model):
    for index, image in enumerate(STYLES):
        found = model.objective.grams_of(tf.constant(image)[tf.newaxis])
        for kept, gram in zip(model.grams, found, strict=True):
            np.testing.assert_allclose(kept[index], gram[0], rtol=1e-5)


def test_styles_come_as_images_or_as_batches_of_one(model):
    other = build([STYLES[0][np.newaxis], STYLES[1]])
    for kept, same in zip(model.grams, other.grams, strict=True):
        np.testing.assert_array_equal(kept, same)
    with pytest.raises(ValueError, match=r"`styles\[1\]` must be one image"):
        other.learn_styles([STYLES[0], np.stack(STYLES)])


def test_any_size_and_any_mixture(model):
    images = np.concatenate([style_networks.image(17, 23, k) for k in (0, 1)])
    first, second = (model.stylize(images, k).numpy() for k in (0, 1))
    assert first.shape == images.shape and np.abs(first).max() <= 1
    # Styles of a network that has learned nothing are all the same.
    beta = next(v for v in model.network.weights if "beta" in v.path)
    beta.assign(np.stack([beta[0], beta[1] + 1.0]))
    second = model.stylize(images, 1).numpy()
    mixed = model.stylize(images, [0.0, 1.0]).numpy()
    np.testing.assert_array_equal(mixed, second)
    assert np.abs(second - first).max() > 1e-3
    rows = model.stylize(images, [[1.0, 0.0], [0.0, 1.0]]).numpy()
    np.testing.assert_allclose(rows[1], second[1], atol=1e-5)


def test_files_of_other_sizes_are_answered_in_their_sizes(model):
    images = [style_networks.image(*size) for size in ((16, 21), (30, 17))]
    files = [image_ops.encode_png(each)[0] for each in images]
    answer = model.run(
        "stylize_file",
        image_bytes=np.array([each.numpy() for each in files]),
        styles=np.eye(2, dtype=np.float32),
    )["images_bytes"]
    for index, image in enumerate(images):
        found = image_ops.decode(answer[index])
        seen = image_ops.to_float(image_ops.to_uint8(image))
        expected = model.stylize(seen, index)[0]
        np.testing.assert_allclose(found, expected, atol=1.01 / 127.5)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (b"nothing", "Unknown image file format"),
        (tf.io.encode_png(np.zeros((1, 1, 3), np.uint8)).numpy(), "16 pixels"),
        (
            tf.io.encode_png(np.zeros((2001, 2000, 3), np.uint8)).numpy(),
            "at most 4,000,000 pixels",
        ),
    ],
)
def test_other_files_are_refused(model, file, text):
    shares = np.array([[1.0, 0.0]], np.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match=text):
        model.run("stylize_file", image_bytes=np.array([file]), styles=shares)


def test_bad_input_is_explained(model):
    images = style_networks.image(16, 16)
    with pytest.raises(ValueError, match="`styles` are missing: there is"):
        build().fit(images)
    with pytest.raises(ValueError, match="`styles` must hold 2 images"):
        build(STYLES[:1])
    with pytest.raises(ValueError, match="must be a style from 0 to 1"):
        model.stylize(images, 2)
    with pytest.raises(ValueError, match="2 shares that add up to 1"):
        model.stylize(images, [0.3, 0.3])
    with pytest.raises(ValueError, match="at least 16, multiples of 4"):
        keras_gen.FastStyleTransferConfig(image_shape=(18, 16, 3))
    with pytest.raises(ValueError, match="`kernel_size` must be odd"):
        keras_gen.FastStyleTransferConfig(kernel_size=4)
