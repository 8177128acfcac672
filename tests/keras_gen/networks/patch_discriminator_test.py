"""PatchGAN: its size, and that it sees patches, each by itself."""

import numpy as np
import pytest

from keras_gen import networks
from tests.keras_gen.networks import without_memory

RANDOM = np.random.default_rng(0)
SMALL = {"widths": (4, 8, 8), "num_groups": 2}


def test_the_patches_of_the_paper():
    network = without_memory.build(networks.patch_discriminator)
    assert network.compute_output_shape((1, 256, 256, 3)) == (1, 30, 30, 1)
    kernels = [4 * 4 * a * b for a, b in ((3, 64), (64, 128), (128, 256))]
    kernels += [4 * 4 * 256 * 512, 4 * 4 * 512]
    biases, norms = 64 + 1, 2 * (128 + 256 + 512)
    assert without_memory.count(network) == sum(kernels) + biases + norms


def test_a_logit_sees_its_patch_alone():
    network = networks.patch_discriminator((64, 64, 1), (3,), num_groups=1)
    images = RANDOM.normal(size=(1, 64, 64, 1)).astype(np.float32)
    changed = images.copy()
    changed[0, 30, 20] += 1
    difference = np.abs(network(changed) - network(images))[0, ..., 0]
    found = np.argwhere(difference > 0)
    # Two convolutions of 4 with a row of zeros: logit i sees i - 2 .. i + 4.
    assert found.min(0).tolist() == [26, 16]
    assert found.max(0).tolist() == [32, 22]


def test_a_row_does_not_depend_on_its_batch_mates():
    network = networks.patch_discriminator((16, 20, 3), **SMALL)
    images = RANDOM.uniform(-1, 1, (3, 16, 20, 3)).astype(np.float32)
    together = network(images, training=True)
    assert together.shape == (3, 2, 3, 1) and together.dtype == "float32"
    alone = network(images[1:2], training=True)
    np.testing.assert_allclose(alone[0], together[1], atol=1e-6)


def test_one_network_for_all_sizes():
    fixed = networks.patch_discriminator((16, 20, 3), **SMALL)
    free = networks.patch_discriminator(**SMALL)
    free.set_weights(fixed.get_weights())
    images = RANDOM.uniform(-1, 1, (2, 16, 20, 3)).astype(np.float32)
    np.testing.assert_allclose(free(images), fixed(images), atol=1e-6)


def test_the_smallest_image_has_one_patch():
    network = networks.patch_discriminator((12, 13, 3), **SMALL)
    assert network.output_shape[1:] == (1, 1, 1)


@pytest.mark.parametrize(
    ("shape", "options", "message"),
    [
        (
            (11, 12, 3),
            SMALL,
            r"at least 12, as .* Received \(11, 12, 3\): give",
        ),
        ((16, 16), SMALL, r"`image_shape` must be \(H, W, C\)"),
        ((16, 16, 3), {"widths": ()}, "`widths` must name at least one"),
        (
            (16, 16, 3),
            {"widths": (4, 6), "num_groups": 4},
            "`num_groups` must divide",
        ),
    ],
)
def test_what_cannot_be_built_is_refused(shape, options, message):
    with pytest.raises(ValueError, match=message):
        networks.patch_discriminator(shape, **options)
