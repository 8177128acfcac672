"""DCGAN's networks follow the rules of the paper."""

import keras
import numpy as np
import pytest

from keras_gen import networks
from keras_gen.networks import dcgan


def kinds(network):
    return [type(layer).__name__ for layer in network.layers]


@pytest.mark.parametrize("image_shape", [(28, 28, 1), (7, 5, 3)])
@pytest.mark.parametrize("num_classes", [0, 4])
def test_shapes(image_shape, num_classes):
    generator = networks.dcgan_generator(
        3, (4, 6), image_shape, num_classes=num_classes
    )
    discriminator = networks.dcgan_discriminator(
        image_shape, (4, 6), num_classes=num_classes
    )
    latent = np.zeros((2, 3), np.float32)
    labels = [np.int32([0, 3])] if num_classes else []
    images = generator([latent, *labels] if labels else latent).numpy()
    assert images.shape == (2, *image_shape)
    logits = discriminator([images, *labels] if labels else images)
    assert logits.shape == (2, 1)


def test_the_rules_of_the_paper():
    generator = networks.dcgan_generator(3, (4, 6), (8, 8, 1))
    discriminator = networks.dcgan_discriminator((8, 8, 1), (4, 6))
    for network in (generator, discriminator):
        assert not any("Pooling" in kind for kind in kinds(network))
        assert kinds(network).count("Dense") == 1  # In or out, not hidden.
        for each in network.layers:
            if hasattr(each, "strides"):
                assert each.strides == (2, 2)
    order = kinds(generator)
    last = len(order) - 1 - order[::-1].index("Conv2DTranspose")
    assert "BatchNorm" not in order[last:] and "LeakyReLU" not in order
    first = kinds(discriminator).index("Conv2D")
    assert kinds(discriminator)[first + 1] == "LeakyReLU"
    assert "ReLU" not in kinds(discriminator)


def test_weights_start_as_the_paper_says():
    keras.utils.set_random_seed(0)
    network = networks.dcgan_generator(50, (32, 64), (16, 16, 3))
    for each in network.trainable_variables:
        if each.name == "kernel":
            assert np.std(each) == pytest.approx(0.02, rel=0.1)
        if each.name == "gamma":
            assert np.mean(each) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("norm", ["batch", "none"])
def test_a_hidden_layer_has_a_bias_where_no_norm_has_one(norm):
    network = networks.dcgan_generator(3, (4, 6), (8, 8, 1), norm=norm)
    weighted = [each for each in network.layers if hasattr(each, "kernel")]
    biased = [each.use_bias for each in weighted]
    assert biased == [norm == "none", norm == "none", True]


@pytest.mark.parametrize("conditioning", dcgan.CONDITIONINGS)
def test_the_class_matters_unless_it_is_left_out(conditioning):
    keras.utils.set_random_seed(0)
    network = networks.dcgan_discriminator(
        (8, 8, 1), (4,), num_classes=2, conditioning=conditioning
    )
    images = np.ones((2, 8, 8, 1), np.float32)
    first, second = np.asarray(network([images, np.int32([0, 1])]))[:, 0]
    assert (first == second) == (conditioning == "none")


def test_an_auxiliary_classifier_has_a_logit_for_each_class():
    network = networks.dcgan_discriminator(
        (8, 8, 1), (4,), num_classes=5, auxiliary=True
    )
    assert network.output_shape == (None, 6)
