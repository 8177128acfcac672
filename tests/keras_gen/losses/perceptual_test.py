"""LPIPS in features that can be computed by hand."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen.losses import perceptual

RANDOM = np.random.default_rng(0)
IMAGES, OTHERS = RANDOM.uniform(-1, 1, (2, 3, 4, 5, 3)).astype(np.float32)
HEADS = {"rgb": np.float32([1, 2, 3]), "half": np.float32([0.5, 0, 4])}


def features(images):
    """The images themselves, and every other row of them."""
    return {"rgb": images, "half": images[:, ::2], "unused": images[..., :1]}


DISTANCE = perceptual.lpips(features, HEADS)


def test_a_distance_computed_by_hand():
    first = np.float32([[[[3, 4]]]])  # Of length 5.
    second = np.float32([[[[0, 2]]]])  # Of length 2.
    distance = perceptual.lpips(lambda x: {"a": x}, {"a": np.float32([10, 1])})
    expected = 10 * (0.6 - 0.0) ** 2 + 1 * (0.8 - 1.0) ** 2
    np.testing.assert_allclose(distance(first, second), [expected], rtol=1e-6)


def test_layers_add_up_and_positions_are_averaged():
    def unit(x):
        return x / np.linalg.norm(x, axis=-1, keepdims=True)

    expected = 0.0
    for layer, head in HEADS.items():
        first, second = features(IMAGES)[layer], features(OTHERS)[layer]
        squares = (unit(first) - unit(second)) ** 2
        expected += (squares * head).sum(-1).mean((1, 2))
    np.testing.assert_allclose(DISTANCE(IMAGES, OTHERS), expected, rtol=1e-5)


def test_equal_images_have_none_and_order_does_not_matter():
    np.testing.assert_array_equal(DISTANCE(IMAGES, IMAGES), [0, 0, 0])
    there, back = DISTANCE(IMAGES, OTHERS), DISTANCE(OTHERS, IMAGES)
    np.testing.assert_allclose(there, back, rtol=1e-6)
    assert (there.numpy() > 0.1).all()


def test_the_length_of_features_does_not_count():
    found = DISTANCE(IMAGES, 7 * IMAGES)
    np.testing.assert_allclose(found, [0, 0, 0], atol=1e-10)


def test_features_of_0_have_a_finite_slope():
    images = tf.zeros((1, 2, 2, 3))
    with tf.GradientTape() as tape:
        tape.watch(images)
        value = DISTANCE(IMAGES[:1, :2, :2], images)
    assert np.isfinite(value).all()
    assert np.isfinite(tape.gradient(value, images)).all()


@pytest.mark.parametrize(
    ("heads", "message"),
    [
        ({}, "`heads` must name at least one layer"),
        (
            {"rgb": HEADS["rgb"], "relu5": HEADS["rgb"]},
            "`features` must return the layers rgb, relu5, which .* returns "
            "rgb, half, unused: give the network",
        ),
        (
            {"rgb": np.float32([1, 2])},
            r"channel of layer rgb. Received \[2\] weights .* \[3, 4, 5, 3\]",
        ),
    ],
)
def test_heads_of_another_network_are_refused(heads, message):
    with pytest.raises(ValueError, match=message):
        perceptual.lpips(features, heads)(IMAGES, OTHERS)
