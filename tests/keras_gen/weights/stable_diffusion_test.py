"""Networks with the weights of Stable Diffusion compute what the originals do.

The originals are frozen in `tests/fixtures/stable_diffusion.npz`.
"""

import numpy as np
import pytest

from keras_gen import networks, weights
from tests import import_graph
from tests.keras_gen.networks import without_memory

TOLERANCE = 1e-5
SMALL = {"widths": (8, 16), "num_blocks": 1, "num_groups": 2}
FIXTURE = import_graph.ROOT / "tests/fixtures/stable_diffusion.npz"


@pytest.fixture(scope="module")
def frozen():
    """{"unet", "vae", "text": {name: array}}; weights are a dict of theirs."""
    found = {}
    with np.load(FIXTURE) as file:
        for key in file.files:
            network, _, name = key.partition("/")
            *folder, name = name.split("/")
            place = found.setdefault(network, {"weights": {}})
            (place["weights"] if folder else place)[name] = file[key]
    return found


def new_unet():
    return networks.unet(
        (8, 4, 4),
        attention_levels=(0,),
        num_heads=2,
        context_size=8,
        **SMALL,
    )


def new_autoencoder():
    return networks.kl_encoder(**SMALL), networks.kl_decoder(**SMALL)


def new_text_encoder():
    return networks.clip_text_encoder(1000, 77, 8, 2, 2)


@pytest.fixture(scope="module")
def unet(frozen):
    network = new_unet()
    weights.load_unet(network, frozen["unet"]["weights"])
    return network


def full_unet():
    return networks.unet(
        (64, 64, 4),
        widths=(320, 640, 1280, 1280),
        attention_levels=(0, 1, 2),
        num_heads=8,
        num_groups=32,
        context_size=768,
    )


@pytest.mark.parametrize(
    ("key", "builders", "load", "tensor", "num_weights"),
    [
        ("unet", [full_unet], weights.load_unet, "conv_out.bias", 859_520_964),
        (
            "vae",
            [networks.kl_encoder, networks.kl_decoder],
            weights.load_kl_autoencoder,
            "decoder.conv_out.bias",
            34_163_664 + 49_490_199,
        ),
        (
            "text",
            [networks.clip_text_encoder],
            weights.load_clip_text_encoder,
            "final_layer_norm.bias",
            123_060_480,
        ),
    ],
)
def test_files_in_full_size_fit(
    frozen, key, builders, load, tensor, num_weights
):
    """All but one tensor, which is wrong on purpose: nothing is filled."""
    full = [without_memory.build(each) for each in builders]
    arrays = {}
    for line in frozen[key]["full"]:
        name, *shape = line.split()
        arrays[name] = np.broadcast_to(np.float32(0), [int(x) for x in shape])
    assert sum(x.size for x in arrays.values()) == num_weights
    size = arrays[tensor].size
    arrays[tensor] = np.zeros(1)
    message = (
        rf"Received {tensor} of shape \[1\] where \[{size}\] is needed: build"
    )
    with pytest.raises(ValueError, match=message):
        load(*full, arrays)


@pytest.fixture(scope="module")
def new():
    """A U-Net for tests that change nothing."""
    return new_unet()


def assert_close(found, expected):
    assert found.shape == expected.shape and found.dtype == "float32"
    assert np.abs(found - expected).max() <= TOLERANCE
    # An output that is small would be close to anything.
    assert np.std(expected) > 0.1


def test_the_unet_is_the_original(frozen, unet):
    given = [frozen["unet"][x] for x in ("x", "time", "context")]
    assert_close(unet(given), frozen["unet"]["output"])


def test_the_split_unet_is_the_original(frozen, unet):
    parts = networks.split_unet(unet)
    x, time, context = (frozen["unet"][k] for k in ("x", "time", "context"))
    found = parts.network([x, time, *parts.read(context)])
    assert_close(found, frozen["unet"]["output"])


def test_the_autoencoder_is_the_original(frozen):
    encoder, decoder = new_autoencoder()
    frozen = frozen["vae"]
    weights.load_kl_autoencoder(encoder, decoder, frozen["weights"])
    assert_close(encoder(frozen["images"]), frozen["moments"])
    assert_close(decoder(frozen["latent"]), frozen["decoded"])


def test_the_text_encoder_is_the_original(frozen):
    network = new_text_encoder()
    weights.load_clip_text_encoder(network, frozen["text"]["weights"])
    assert_close(network(frozen["text"]["tokens"]), frozen["text"]["output"])


def test_the_prefix_and_numbers_of_text_files(frozen):
    """Files begin names with "text_model." and may number the positions."""
    network, other = new_text_encoder(), new_text_encoder()
    arrays = frozen["text"]["weights"]
    weights.load_clip_text_encoder(network, arrays)
    arrays = {f"text_model.{k}": v for k, v in arrays.items()}
    arrays["text_model.embeddings.position_ids"] = np.arange(77)[None]
    weights.load_clip_text_encoder(other, arrays)
    assert_equal_weights(network, other)


@pytest.mark.parametrize("as_convolution", [False, True])
def test_old_names_of_the_autoencoder(frozen, as_convolution):
    arrays, olds = dict(frozen["vae"]["weights"]), 0
    for part in ("encoder", "decoder"):
        place = f"{part}.mid_block.attentions.0"
        for new, old in (
            ("to_q", "query"),
            ("to_k", "key"),
            ("to_v", "value"),
            ("to_out.0", "proj_attn"),
        ):
            kernel = arrays.pop(f"{place}.{new}.weight")
            if as_convolution:
                kernel = kernel[:, :, None, None]
            arrays[f"{place}.{old}.weight"] = kernel
            arrays[f"{place}.{old}.bias"] = arrays.pop(f"{place}.{new}.bias")
            olds += 1
    assert olds == 8
    networks_of_new, networks_of_old = new_autoencoder(), new_autoencoder()
    weights.load_kl_autoencoder(*networks_of_new, frozen["vae"]["weights"])
    weights.load_kl_autoencoder(*networks_of_old, arrays)
    for new, old in zip(networks_of_new, networks_of_old, strict=True):
        assert_equal_weights(new, old)


def assert_equal_weights(network, other):
    pairs = zip(network.variables, other.variables, strict=True)
    for each, of_other in pairs:
        np.testing.assert_array_equal(each, of_other, each.path)


def test_half_precision_files_are_read_as_float32(frozen):
    network = new_text_encoder()
    arrays = {
        k: v.astype(np.float16) for k, v in frozen["text"]["weights"].items()
    }
    weights.load_clip_text_encoder(network, arrays)
    found = network.get_layer("token_embedding").embeddings
    assert found.dtype == "float32"
    np.testing.assert_array_equal(
        found, arrays["embeddings.token_embedding.weight"].astype(np.float32)
    )


CONV = "conv_in.weight"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda x: x.pop("conv_out.bias"),
            r"`arrays` must hold the \d+ tensors of `unet`. They lack "
            "conv_out.bias and have nothing besides. Take the file",
        ),
        (
            lambda x: [x.pop(k) for k in list(x) if "norm1.weight" in k],
            r"lack down_blocks.0.*norm1.weight, .*, \.\.\. \(\d+\) and have",
        ),
        (
            lambda x: x.update({"mid_block.more": np.zeros(2)}),
            "lack nothing and have mid_block.more besides",
        ),
        (
            lambda x: x.update({CONV: x[CONV][:, :, :1]}),
            r"`arrays` must fit `unet`. Received conv_in.weight of shape "
            r"\[8, 4, 1, 3\] where \[8, 4, 3, 3\] is needed: build",
        ),
        (
            lambda x: x.update({"time_embedding.linear_1.weight": np.eye(8)}),
            r"linear_1.weight of shape \[8, 8\] where \[32, 8\] is needed",
        ),
        (
            lambda x: x.update({CONV: x[CONV][0]}),
            r"of shape \[4, 3, 3\] where \[8, 4, 3, 3\]",
        ),
    ],
)
def test_tensors_that_do_not_fit_change_nothing(new, frozen, change, message):
    before = new.get_weights()
    arrays = dict(frozen["unet"]["weights"])
    change(arrays)
    with pytest.raises(ValueError, match=message):
        weights.load_unet(new, arrays)
    for each, was in zip(new.get_weights(), before, strict=True):
        np.testing.assert_array_equal(each, was)


def test_an_autoencoder_is_loaded_whole_or_not_at_all(frozen):
    pair = new_autoencoder()
    before = [x for each in pair for x in each.get_weights()]
    arrays = dict(frozen["vae"]["weights"])
    del arrays["decoder.conv_in.bias"], arrays["encoder.conv_in.bias"]
    message = (
        "of `kl_encoder` and `kl_decoder`. They lack decoder.conv_in.bias, "
        "encoder.conv_in.bias and have nothing"
    )
    with pytest.raises(ValueError, match=message):
        weights.load_kl_autoencoder(*pair, arrays)
    after = [x for each in pair for x in each.get_weights()]
    for each, was in zip(after, before, strict=True):
        np.testing.assert_array_equal(each, was)


def test_a_tensor_of_two_names_is_refused(frozen):
    name = "final_layer_norm.bias"
    arrays = dict(frozen["text"]["weights"])
    arrays[f"text_model.{name}"] = arrays[name]
    message = f"must hold {name} once. .* second time as text_model.{name}"
    with pytest.raises(ValueError, match=message):
        weights.load_clip_text_encoder(new_text_encoder(), arrays)


def test_another_network_is_refused(frozen):
    message = "`network` must .* the layer token_embedding, which such files"
    with pytest.raises(ValueError, match=message):
        weights.load_unet(new_text_encoder(), frozen["unet"]["weights"])
