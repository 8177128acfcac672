"""The autoencoder of latent diffusion: its size, its shapes, any picture."""

import keras
import numpy as np
import pytest

from keras_gen import layers, networks
from tests.keras_gen.networks import without_memory

RANDOM = np.random.default_rng(0)
SMALL = {"widths": (4, 6, 8), "num_blocks": 1, "num_groups": 2}


def images_of(*shape):
    return RANDOM.uniform(-1, 1, size=shape).astype(np.float32)


@pytest.fixture(scope="module")
def pair():
    """An encoder and a decoder with random weights."""
    encoder = networks.kl_encoder(latent_channels=3, **SMALL)
    decoder = networks.kl_decoder((None, None, 3), **SMALL)
    for network in (encoder, decoder):
        for each in network.variables:
            each.assign(each + RANDOM.normal(0, 0.1, size=each.shape))
    return encoder, decoder


def test_the_size_of_stable_diffusion():
    encoder = without_memory.build(networks.kl_encoder)
    decoder = without_memory.build(networks.kl_decoder)
    assert without_memory.count(encoder) == 34_163_664
    assert without_memory.count(decoder) == 49_490_199
    assert len(encoder.variables) + len(decoder.variables) == 248


def test_all_group_norms_have_the_epsilon_of_stable_diffusion(pair):
    norms = [
        layer
        for network in pair
        for layer in network.layers
        if isinstance(layer, layers.GroupNorm)
    ]
    # Encoder: blocks 3 + 2 with two norms, attention and output one each.
    assert len(norms) == 2 * (3 + 2) + 2 + 2 * (6 + 2) + 2
    assert {norm.epsilon for norm in norms} == {1e-6}


@pytest.mark.parametrize("size", [(4, 8), (8, 12), (20, 4)])
def test_pictures_of_all_sizes_there_and_back(pair, size):
    encoder, decoder = pair
    images = images_of(2, *size, 3)
    moments = encoder(images)
    assert moments.shape == (2, size[0] // 4, size[1] // 4, 6)
    decoded = decoder(moments[..., :3])
    assert decoded.shape == images.shape
    assert moments.dtype == decoded.dtype == "float32"


def test_a_network_of_one_size_is_that_of_all_sizes(pair):
    shapes = (8, 12, 3), (2, 3, 3)
    fixed = (
        networks.kl_encoder(shapes[0], latent_channels=3, **SMALL),
        networks.kl_decoder(shapes[1], **SMALL),
    )
    for network, any_size, shape in zip(fixed, pair, shapes, strict=True):
        network.set_weights(any_size.get_weights())
        given = images_of(2, *shape)
        assert network.output_shape[1] is not None
        np.testing.assert_allclose(network(given), any_size(given), atol=1e-5)


def test_a_row_does_not_depend_on_its_batch_mates(pair):
    for network, channels in zip(pair, (3, 3), strict=True):
        given = images_of(3, 4, 8, channels)
        alone = network(given[1:2])
        np.testing.assert_allclose(alone[0], network(given)[1], atol=1e-5)


def test_survives_a_file(pair, tmp_path):
    for network in pair:
        network.save(tmp_path / "network.keras")
        read = keras.models.load_model(tmp_path / "network.keras")
        given = images_of(1, 4, 8, 3)
        np.testing.assert_array_equal(read(given), network(given))
        paths = [x.path for x in network.variables]
        assert [x.path for x in read.variables] == paths


def test_half_precision_is_near_and_returns_float32(pair):
    for network, builder in zip(
        pair, (networks.kl_encoder, networks.kl_decoder), strict=True
    ):
        options = {"latent_channels": 3} if network is pair[0] else {}
        shape = network.input_shape[1:]
        half = builder(shape, dtype="mixed_bfloat16", **options, **SMALL)
        half.set_weights(network.get_weights())
        given = images_of(1, 8, 8, 3)
        found = half(given)
        assert found.dtype == "float32"
        error = np.std(found - network(given)) / np.std(network(given))
        assert 1e-4 < error < 0.05


@pytest.mark.parametrize(
    ("builder", "shape", "options", "message"),
    [
        (networks.kl_encoder, (6, 8, 3), {}, r"`image_shape` .* divide by 4"),
        (
            networks.kl_encoder,
            (None, 6, 3),
            {},
            r"Received \(None, 6, 3\): pad",
        ),
        (networks.kl_encoder, (8, 8), {}, r"`image_shape` must be \(H, W, C\)"),
        (networks.kl_encoder, (8, 8, 3), {"num_groups": 4}, "groups=4 and wid"),
        (networks.kl_decoder, (8, 8, 3), {"num_groups": 4}, "groups=4 and wid"),
        (networks.kl_decoder, (8, 8), {}, r"`latent_shape` .* \(8, 8\): give"),
    ],
)
def test_what_cannot_be_built_is_refused(builder, shape, options, message):
    with pytest.raises(ValueError, match=message):
        builder(shape, **{**SMALL, **options})
