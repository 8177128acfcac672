"""Every tensor of a file goes to its place; real weights know the cat."""

import numpy as np
import pytest

from keras_gen import attacks, data, networks, weights
from tests import real_data

FILE = "efficientnet_lite0/efficientnet_lite0_fp16.npz"
CAT, COFFEE = 285, 967


def theirs(name, array):
    """The name and axes of a variable in a file."""
    layer, _, parameter = name.partition("/")
    for ours, other in (
        ("stem_conv", "_conv_stem"),
        ("stem_norm", "_bn0"),
        ("head_conv", "_conv_head"),
        ("head_norm", "_bn1"),
        ("logits", "_fc"),
        ("norm_", "bn"),
    ):
        layer = layer.replace(ours, other)
    if layer.startswith("block_"):
        _, number, rest = layer.split("_", 2)
        layer = f"_blocks.{number}._{rest}"
    axes = {"depthwise": (2, 3, 0, 1), "conv": (3, 2, 0, 1), "_fc": (1, 0)}
    if parameter == "kernel":
        kind = next(kind for kind in axes if kind in layer)
        array = array.transpose(axes[kind])
    parameter = {
        "kernel": "weight",
        "gamma": "weight",
        "beta": "bias",
        "moving_mean": "running_mean",
        "moving_variance": "running_var",
    }.get(parameter, parameter)
    return f"{layer}.{parameter}", array


@pytest.fixture(scope="module")
def given():
    """A network of three classes, and the arrays of its file."""
    network = networks.efficientnet_lite0(num_classes=3, seed=7)
    random = np.random.default_rng(0)
    for variable in network.weights:
        if variable.name != "kernel":
            value = random.uniform(0.5, 1.5, variable.shape)
            variable.assign(value.astype(np.float32))
    arrays = dict(theirs(x.path, x.numpy()) for x in network.weights)
    return network, arrays


def test_a_file_gives_the_network_that_it_is_of(given, tmp_path):
    network, arrays = given
    assert "_blocks.15._depthwise_conv.weight" in arrays
    assert arrays["_conv_stem.weight"].shape == (32, 3, 3, 3)
    np.savez(tmp_path / "w.npz", **arrays)
    found = weights.efficientnet_lite0(tmp_path / "w.npz")
    assert found.output_shape == (None, 3)
    for mine, other in zip(network.weights, found.weights, strict=True):
        np.testing.assert_array_equal(mine, other)


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("_bn0.bias", None, "lack _bn0.bias and have nothing besides"),
        ("more", np.ones(2), "lack nothing and have more besides"),
        ("_bn1.weight", np.ones(7), r"_bn1.weight of shape \[7\] where \[1280"),
        ("_fc.bias", None, "They lack _fc.bias"),
    ],
)
def test_another_file_is_refused(given, tmp_path, name, array, message):
    arrays = {k: v for k, v in given[1].items() if k != name}
    if array is not None:
        arrays[name] = array
    np.savez(tmp_path / "w.npz", **arrays)
    with pytest.raises(ValueError, match=message):
        weights.efficientnet_lite0(tmp_path / "w.npz")


def test_no_archive_is_refused(tmp_path):
    (tmp_path / "w.npz").write_text("no weights")
    with pytest.raises(ValueError, match="w.npz cannot be read: .* copy"):
        weights.efficientnet_lite0(tmp_path / "w.npz")


@pytest.fixture(scope="module")
def classify():
    return weights.efficientnet_lite0(real_data.path(FILE))


def photo(name):
    path = real_data.path(f"sample_images/{name}")
    return data.read_photo(path, (224, 224, 3))[None] / np.float32(127.5) - 1


@pytest.mark.data
def test_the_real_network_knows_photographs(classify):
    images = np.concatenate([photo("chelsea.png"), photo("coffee.png")])
    np.testing.assert_array_equal(
        np.argmax(classify(images), axis=1), [CAT, COFFEE]
    )


@pytest.mark.data
def test_two_levels_make_the_cat_a_cup_of_coffee(classify):
    image = photo("chelsea.png")
    attack = attacks.PGD(
        epsilon=2 / 255, step_size=0.25 / 255, num_steps=15, targeted=True
    )
    found = attack(classify, image, np.int32([COFFEE])).numpy()
    assert np.abs(found - image).max() <= 4 / 255 + 1e-6
    assert np.argmax(classify(found)) == COFFEE
