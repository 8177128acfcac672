"""EfficientNet-Lite0: sizes as published, one answer an image, float32."""

import numpy as np
import pytest

from keras_gen import networks


def images(num=2):
    random = np.random.default_rng(0)
    return random.uniform(-1, 1, (num, 33, 40, 3)).astype("float32")


@pytest.fixture(scope="module")
def network():
    return networks.efficientnet_lite0((33, 40, 3), 5)


def test_it_has_the_published_weights():
    network = networks.efficientnet_lite0()
    counts = [int(np.prod(each.shape)) for each in network.trainable_weights]
    assert sum(counts) == 4_652_008
    assert network.output_shape == (None, 1000)
    names = [layer.name for layer in network.layers]
    assert sum("depthwise" in name for name in names) == 16
    # All but the seven first blocks, whose stride or width changes.
    assert sum(name.startswith("add") for name in names) == 16 - 7


def test_an_answer_depends_on_its_image_alone(network):
    whole, alone = network(images()), network(images()[1:])
    assert whole.shape == (2, 5)
    assert np.std(whole) > 0.01  # Nothing fades on the way.
    np.testing.assert_allclose(whole[1:], alone, rtol=1e-4, atol=1e-4)


def test_logits_are_float32_and_follow_from_the_seed(network):
    again = networks.efficientnet_lite0((33, 40, 3), 5)
    half, other = (
        networks.efficientnet_lite0((33, 40, 3), 5, **options)
        for options in ({"dtype": "mixed_bfloat16"}, {"seed": 1})
    )
    assert half(images(1)).dtype == "float32"
    expected = network(images(1))
    np.testing.assert_allclose(again(images(1)), expected, rtol=1e-4)
    assert np.abs(other(images(1)) - expected).max() > 0.01
