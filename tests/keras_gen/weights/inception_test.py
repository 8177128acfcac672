"""Files of Inception weights: every array used once, in its place."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen import weights
from keras_gen.weights import inception_file
from tests import real_data

FID_WEIGHTS = "fid_inception/inception_2015_fid_fp16.npz"


def small_network():
    """Two branches, so that the order of layers is not that of depth."""
    inputs = keras.Input((6, 6, 3))

    def block(x, width, size):
        x = keras.layers.Conv2D(width, size, padding="same", use_bias=False)(x)
        return keras.layers.BatchNormalization(scale=False)(x)

    short = block(inputs, 2, 1)
    long = block(block(inputs, 4, 1), 2, 3)
    return keras.Model(inputs, keras.layers.Concatenate()([short, long]))


def arrays(seed=0):
    random = np.random.default_rng(seed)
    shapes = [(1, 1, 3, 2), (1, 1, 3, 4), (3, 3, 4, 2)]
    found = {}
    for i, shape in enumerate(shapes):
        found[f"{i:02d}/c/kernel"] = random.normal(size=shape).astype("f2")
        for part in ("beta", "mean", "var"):
            values = random.uniform(0.5, 1.5, shape[-1:]).astype("f4")
            found[f"{i:02d}/c/{part}"] = values
    return found


def test_arrays_go_where_they_belong(tmp_path):
    given, network = arrays(), small_network()
    np.savez(tmp_path / "w.npz", **given)
    inception_file.load(network, tmp_path / "w.npz")
    images = np.random.default_rng(1).normal(size=(2, 6, 6, 3)).astype("f4")

    def block(x, number):
        part = {k: given[f"{number}/c/{k}"] for k in ("beta", "mean", "var")}
        x = tf.nn.conv2d(x, given[f"{number}/c/kernel"].astype("f4"), 1, "SAME")
        scale = np.sqrt(part["var"] + 1e-3)
        return (x - part["mean"]) / scale + part["beta"]

    short, long = block(images, "00"), block(block(images, "01"), "02")
    expected = tf.concat([short, long], axis=-1)
    found = network(images, training=False)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: x.pop("02/c/beta"), "lacks 02/beta and has nothing besides"),
        (
            lambda x: x.update({"03/c/beta": np.zeros(2)}),
            "lacks nothing and has 03/beta besides",
        ),
        (
            lambda x: x.update({"00/d/beta": np.zeros(2)}),
            "must hold 00/beta once.*second time as 00/d/beta",
        ),
        (
            lambda x: x.update({"01/c/mean": np.zeros(5)}),
            r"01/mean of shape \[4\]. .* has shape \[5\]",
        ),
    ],
)
def test_a_file_that_does_not_fit_changes_nothing(tmp_path, change, message):
    given, network = arrays(), small_network()
    before = [each.numpy() for each in network.weights]
    change(given)
    np.savez(tmp_path / "w.npz", **given)
    with pytest.raises(ValueError, match=message):
        inception_file.load(network, tmp_path / "w.npz")
    for old, new in zip(before, network.weights, strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_file_that_is_none(tmp_path):
    (tmp_path / "w.npz").write_text("no weights")
    for name in ("w.npz", "missing.npz"):
        with pytest.raises(ValueError, match=f"{name} cannot be read"):
            inception_file.load(small_network(), tmp_path / name)


def test_a_keras_file_that_is_none(tmp_path):
    (tmp_path / "w.h5").write_text("no weights")
    for name in ("w.h5", "missing.h5"):
        with pytest.raises(ValueError, match=f"{name} does not fit"):
            weights.small_inception(tmp_path / name)


def test_resizing_with_corners_and_with_centers():
    ramp = tf.reshape(tf.range(4.0), (1, 1, 4, 1)) * tf.ones((1, 4, 1, 3))
    corners = weights.resize_corners(ramp, 8)[0, 0, :, 0]
    np.testing.assert_allclose(corners, [0, 0.5, 1, 1.5, 2, 2.5, 3, 3])
    centers = weights.resize_centers(ramp, 8)[0, 0, :, 0]
    expected = [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3]
    np.testing.assert_allclose(centers, expected)


@pytest.fixture(scope="module")
def fid_weights():
    return real_data.path(FID_WEIGHTS)


def photographs(num):
    """CIFAR-10 test images, [num, 32, 32, 3] in [-1, 1]."""
    with np.load(real_data.path("cifar10/cifar10_subset.npz")) as archive:
        return archive["x_test"][:num].astype("float32") / 127.5 - 1.0


@pytest.mark.data
def test_photographs_have_the_statistics_the_weights_were_trained_with(
    fid_weights,
):
    """Wherever an array is in a wrong place, what follows is off."""
    network = weights.fid_network(fid_weights)

    def ordered(kind):
        layers = (x for x in network.layers if isinstance(x, kind))
        return sorted(layers, key=inception_file.number)

    convolutions = ordered(keras.layers.Conv2D)[-10:]
    norms = ordered(keras.layers.BatchNormalization)[-10:]
    inside = keras.Model(network.inputs, [x.output for x in convolutions])
    images = weights.resize_corners(tf.constant(photographs(16)), 299)
    for maps, norm in zip(inside(images), norms, strict=True):
        mean, variance = np.mean(maps, (0, 1, 2)), np.var(maps, (0, 1, 2))
        expected = norm.moving_variance.numpy() + 1e-3
        shift = (mean - norm.moving_mean.numpy()) / np.sqrt(expected)
        assert np.sqrt(np.mean(np.square(shift))) < 0.7
        assert 0.5 < np.median(variance / expected) < 2.0


@pytest.mark.data
def test_the_last_block_alone_pools_by_the_maximum(fid_weights):
    pools = [
        type(layer).__name__
        for layer in weights.fid_network(fid_weights).layers
        if "Pooling2D" in type(layer).__name__
    ]
    assert pools.count("AveragePooling2D") == 8
    assert pools[-2:] == ["MaxPooling2D", "GlobalAveragePooling2D"]


@pytest.mark.data
def test_grey_images_are_grey_colour_images(fid_weights):
    features = weights.fid_inception(fid_weights)
    grey = photographs(2).mean(axis=-1, keepdims=True)
    found = features(grey)["pool3"]
    assert found.shape == (2, 2048) and np.min(found) >= 0.0
    colour = features(np.repeat(grey, 3, axis=-1))["pool3"]
    np.testing.assert_array_equal(found, colour)
    with pytest.raises(ValueError, match="`images` must have 1 or 3 channels"):
        features(np.zeros((1, 8, 8, 4), "float32"))


@pytest.mark.data
def test_the_small_network_takes_the_same_file(fid_weights):
    features = weights.small_inception(fid_weights)
    assert features(photographs(3))["pool3"].shape == (3, 2048)
