"""AlexNet of LPIPS: against a computation of its own, and the published one."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen import losses, weights
from tests import real_data

RANDOM = np.random.default_rng(0)
KERNELS = (
    (11, 11, 3, 64),
    (5, 5, 64, 192),
    (3, 3, 192, 384),
    (3, 3, 384, 256),
    (3, 3, 256, 256),
)
IMAGES = RANDOM.uniform(-1, 1, (2, 33, 39, 3)).astype(np.float32)


def arrays():
    """Random weights with the names and shapes of a file."""
    found = {}
    for index, kernel in enumerate(KERNELS):
        deviation = np.sqrt(2 / np.prod(kernel[:3]))
        draw = RANDOM.normal(0, deviation, kernel)
        found[f"conv{index}/kernel"] = draw.astype(np.float16)
        found[f"conv{index}/bias"] = RANDOM.normal(size=kernel[3]).astype("f4")
        found[f"lin{index}"] = RANDOM.uniform(size=kernel[3]).astype("f4")
    return found


@pytest.fixture(scope="module")
def given():
    return arrays()


@pytest.fixture(scope="module")
def path(given, tmp_path_factory):
    file = tmp_path_factory.mktemp("lpips") / "lpips.npz"
    np.savez(file, **given)
    return file


def convolved(x, kernel, bias, stride, zeros):
    """Convolution and ReLU, one position of the kernel after the other."""
    x = np.pad(x, [(0, 0), (zeros, zeros), (zeros, zeros), (0, 0)])
    size = kernel.shape[0]
    height, width = ((n - size) // stride + 1 for n in x.shape[1:3])
    total = np.broadcast_to(bias, (len(x), height, width, len(bias))).copy()
    for row in range(size):
        for column in range(size):
            rows = slice(row, row + stride * height, stride)
            columns = slice(column, column + stride * width, stride)
            total += x[:, rows, columns][:, :height, :width] @ kernel[
                row, column
            ].astype(np.float32)
    return np.maximum(total, 0)


def pooled(x):
    """The greatest of 3x3, every other position."""
    height, width = ((n - 3) // 2 + 1 for n in x.shape[1:3])
    return np.max(
        [
            x[:, i : i + 2 * height : 2, j : j + 2 * width : 2][
                :, :height, :width
            ]
            for i in range(3)
            for j in range(3)
        ],
        axis=0,
    )


def test_the_layers_of_alexnet(given, path):
    found = weights.lpips_alexnet(path).features(IMAGES)
    assert list(found) == [f"relu{i}" for i in range(5)]
    x = (IMAGES - np.float32([-0.030, -0.088, -0.188])) / np.float32(
        [0.458, 0.448, 0.450]
    )
    for index, (stride, zeros) in enumerate(
        [(4, 2), (1, 2), (1, 1), (1, 1), (1, 1)]
    ):
        x = pooled(x) if index in (1, 2) else x
        kernel, bias = (
            given[f"conv{index}/{part}"] for part in ("kernel", "bias")
        )
        x = convolved(x, kernel, bias, stride, zeros)
        np.testing.assert_allclose(found[f"relu{index}"], x, atol=2e-3)
        assert x.std() > 0.1


def test_heads_belong_to_their_layers(given, path):
    heads = weights.lpips_alexnet(path).heads
    assert list(heads) == [f"relu{i}" for i in range(5)]
    for index, head in enumerate(heads.values()):
        np.testing.assert_array_equal(head, given[f"lin{index}"])


def test_grey_images_are_rgb_with_equal_channels(path):
    features, heads = weights.lpips_alexnet(path)
    distance = losses.perceptual.lpips(features, heads)
    grey, other = IMAGES[..., :1], IMAGES[..., 1:2]
    found = distance(grey, other)
    expected = distance(*(np.repeat(x, 3, -1) for x in (grey, other)))
    np.testing.assert_array_equal(found, expected)
    assert (found.numpy() > 1e-3).all()


def test_the_least_size_has_features_and_a_gradient(path):
    distance = losses.perceptual.lpips(*weights.lpips_alexnet(path))
    images = tf.constant(IMAGES[:, :31, :31])
    with tf.GradientTape() as tape:
        tape.watch(images)
        value = distance(IMAGES[:, 1:32, 1:32], images)
    slope = tape.gradient(value, images).numpy()
    assert np.isfinite(slope).all() and np.abs(slope).max() > 0


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((1, 30, 40, 3), "at least 31 pixels .* Received 30x40"),
        ((1, 32, 32, 4), "1 or 3 channels, grey or RGB. Received 4"),
        ((32, 32, 3), r"must have shape \[B, H, W, C\]"),
    ],
)
def test_images_it_cannot_see_are_refused(path, shape, message):
    with pytest.raises(ValueError, match=message):
        weights.lpips_alexnet(path).features(np.zeros(shape, np.float32))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lin4": None}, "has lin4 of shape nothing, where .256. is needed"),
        ({"more": np.ones(2)}, "has more of shape .2., where nothing"),
        ({"conv0/bias": np.ones(3)}, "has conv0/bias of shape .3., where .64."),
    ],
)
def test_another_file_is_refused(given, tmp_path, change, message):
    changed = {k: v for k, v in (given | change).items() if v is not None}
    np.savez(tmp_path / "other.npz", **changed)
    with pytest.raises(ValueError, match=message):
        weights.lpips_alexnet(tmp_path / "other.npz")


def test_no_file_and_no_archive_are_refused(tmp_path):
    (tmp_path / "text.npz").write_text("no archive")
    for name in ("missing.npz", "text.npz"):
        with pytest.raises(ValueError, match=f"{name} cannot be read: .* copy"):
            weights.lpips_alexnet(tmp_path / name)


@pytest.mark.data
def test_the_published_distance():
    """Values of the same arithmetic in PyTorch."""
    path = real_data.path("lpips_alex/lpips_alex_fp16.npz")
    distance = losses.perceptual.lpips(*weights.lpips_alexnet(path))
    random = np.random.default_rng(3)
    first, second = (
        random.uniform(-1, 1, (2, 37, 64, 3)).astype(np.float32)
        for _ in range(2)
    )
    expected = [0.08645936, 0.10471417]
    np.testing.assert_allclose(distance(first, second), expected, rtol=1e-5)
