"""The U-Net: Stable Diffusion's topology, neutral start, split in two."""

import collections

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen import layers, networks

RANDOM = np.random.default_rng(0)
SMALL = {
    "widths": (4, 8),
    "num_blocks": 1,
    "attention_levels": (1,),
    "num_heads": 2,
    "num_groups": 2,
}
NUM_CLASSES, CONTEXT_SIZE = 3, 5


def tensor(*shape):
    return tf.constant(RANDOM.normal(size=shape), tf.float32)


def inputs_of(network, rows=2):
    """Random ones, of tokens seven."""
    given = {
        "x": tensor(rows, *network.inputs[0].shape[1:]),
        "time": tensor(rows),
        "labels": tf.constant(np.arange(rows, dtype=np.int32)),
        "context": tensor(rows, 7, CONTEXT_SIZE),
    }
    return [given[x.name] for x in network.inputs]


def trained(network, scale=0.1):
    """With weights that are not zero."""
    for each in network.trainable_variables:
        noise = RANDOM.normal(0, scale, size=each.shape)
        each.assign(each + noise.astype(np.float32))
    return network


@pytest.fixture(scope="module")
def full():
    """A small one with all kinds of inputs."""
    network = networks.unet(
        (8, 4, 2),
        num_classes=NUM_CLASSES,
        context_size=CONTEXT_SIZE,
        output_channels=3,
        **SMALL,
    )
    return trained(network)


@pytest.mark.parametrize(
    ("num_classes", "context_size"), [(0, 0), (NUM_CLASSES, CONTEXT_SIZE)]
)
def test_inputs_and_shapes(num_classes, context_size):
    network = networks.unet(
        (4, 4, 2), num_classes=num_classes, context_size=context_size, **SMALL
    )
    names = ["x", "time"]
    names += ["labels"] * bool(num_classes) + ["context"] * bool(context_size)
    assert [x.name for x in network.inputs] == names
    found = network(inputs_of(network))
    assert found.shape == (2, 4, 4, 2) and found.dtype == "float32"
    # A new network says nothing: its last convolution is zero.
    np.testing.assert_array_equal(found, 0)


def test_every_input_matters(full):
    given = inputs_of(full)
    plain = full(given).numpy()
    assert plain.shape == (2, 8, 4, 3)
    others = inputs_of(full)
    others[2] = given[2] + 1
    for index, other in enumerate(others):
        changed = full([*given[:index], other, *given[index + 1 :]])
        assert np.abs(changed - plain).max() > 1e-3, full.inputs[index].name


def test_a_row_does_not_depend_on_its_batch_mates(full):
    given = inputs_of(full)
    alone = full([x[1:] for x in given])
    np.testing.assert_allclose(alone[0], full(given)[1], atol=1e-5)


def test_no_class_is_a_class_of_its_own(full):
    given = inputs_of(full, rows=NUM_CLASSES + 1)
    given = [tf.repeat(x[:1], NUM_CLASSES + 1, axis=0) for x in given]
    given[2] = tf.range(NUM_CLASSES + 1)
    found = full(given).numpy()
    for row in range(NUM_CLASSES):
        assert np.abs(found[row] - found[NUM_CLASSES]).max() > 1e-3


def test_a_context_that_was_read_before(full):
    given = inputs_of(full)
    read, network = networks.split_unet(full)
    keys_values = read(given[-1])
    # Down, middle, and two on the way up.
    assert [x.shape for x in keys_values] == [(2, 2, 7, 4)] * 2 * 4
    compiled = tf.function(lambda *x: network(list(x)))
    for step in (network([*given[:-1], *keys_values]), None):
        found = compiled(*given[:-1], *keys_values) if step is None else step
        np.testing.assert_allclose(found, full(given), atol=1e-5)


def test_survives_a_file_after_it_was_split(full, tmp_path):
    networks.split_unet(full)
    full.save(tmp_path / "unet.keras")
    read = keras.models.load_model(tmp_path / "unet.keras")
    given = inputs_of(full)
    np.testing.assert_allclose(read(given), full(given), atol=1e-6)
    names = [x.path for x in full.variables]
    assert [x.path for x in read.variables] == names
    parts = networks.split_unet(read)
    found = parts.network([*given[:-1], *parts.read(given[-1])])
    np.testing.assert_allclose(found, full(given), atol=1e-5)


def test_without_a_context_there_is_nothing_to_split():
    network = networks.unet((4, 4, 1), **SMALL)
    message = r"`network` must .*\['x', 'time'\]: give `unet` a `context_size`"
    with pytest.raises(ValueError, match=message):
        networks.split_unet(network)


def test_every_variable_gets_a_gradient(full):
    given = inputs_of(full)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(full(given) ** 2)
    gradients = tape.gradient(loss, [x.value for x in full.variables])
    for each, gradient in zip(full.variables, gradients, strict=True):
        gradient = tf.convert_to_tensor(gradient)
        assert tf.reduce_any(gradient != 0), each.path


def test_half_precision_is_near_and_returns_float32():
    plain = trained(networks.unet((8, 8, 1), **SMALL))
    half = networks.unet((8, 8, 1), dtype="mixed_bfloat16", **SMALL)
    half.set_weights(plain.get_weights())
    given = inputs_of(plain)
    found = half(given)
    assert found.dtype == "float32"
    assert half.get_layer("conv_out").compute_dtype == "bfloat16"
    assert half.get_layer("time_dense_1").compute_dtype == "float32"
    error = np.std(found - plain(given)) / np.std(plain(given))
    assert 1e-4 < error < 0.05


def test_the_topology_of_stable_diffusion():
    """Its counts: 686 tensors, 16 transformers, 22 residual blocks."""
    network = networks.unet(
        (8, 8, 4),
        widths=(2, 4, 8, 8),
        attention_levels=(0, 1, 2),
        num_heads=2,
        num_groups=2,
        context_size=6,
    )
    assert len(network.variables) == 686
    names = [x.name for x in network.layers]
    ends = collections.Counter(name.rsplit("_", 1)[-1] for name in names)
    assert ends["attention"] == 2 * 16
    assert sum(name.endswith("_conv_2") for name in names) == 22
    for each in network.layers:
        if hasattr(each, "epsilon"):
            maps = isinstance(each, layers.GroupNorm)
            of_transformer = maps and "attention" in each.name
            assert each.epsilon == (1e-6 if of_transformer else 1e-5)


def test_the_order_of_skips():
    """The last maps of the way down meet the first block of the way up."""
    network = networks.unet(
        (8, 8, 1),
        widths=(2, 4, 6),
        num_blocks=1,
        attention_levels=(),
        num_heads=1,
        num_groups=1,
    )
    found = [
        network.get_layer(f"up_{level}_skip_{index}").output.shape[1:]
        for level in range(3)
        for index in range(2)
    ]
    assert found == [
        (2, 2, 6 + 6),
        (2, 2, 6 + 4),
        (4, 4, 6 + 4),
        (4, 4, 4 + 2),
        (8, 8, 4 + 2),
        (8, 8, 2 + 2),
    ]


@pytest.mark.parametrize(
    ("image_shape", "options", "message"),
    [
        ((7, 5, 3), {}, r"`image_shape` .* divide by 2.* \(7, 5, 3\): pad or"),
        ((8, 6, 1), {"widths": (4, 4, 4)}, r"divide by 4, .* has 3 levels"),
        ((8, 8), {}, r"`image_shape` must be \(H, W, C\)"),
        ((8, 8, 1), {"num_groups": 3}, r"`num_groups` must .*groups=3 and wid"),
        ((8, 8, 1), {"num_groups": 0}, r"`num_groups` must .*groups=0 and wid"),
        ((8, 8, 1), {"num_heads": 3}, r"`num_heads` must .*num_heads=3"),
        ((8, 8, 1), {"attention_levels": (2,)}, r"0 to 1. Received \(2,\)"),
    ],
)
def test_what_cannot_be_built_is_refused(image_shape, options, message):
    with pytest.raises(ValueError, match=message):
        networks.unet(image_shape, **{**SMALL, **options})


def test_odd_sizes_that_divide_are_fine():
    network = networks.unet((12, 20, 1), **{**SMALL, "widths": (4, 4, 4)})
    assert network.get_layer("middle_block_0_sum").output.shape[1:3] == (3, 5)
