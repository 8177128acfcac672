"""The diffusion transformer: its equations in NumPy, sizes, neutral start."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import interpreter

from keras_gen import networks
from tests.keras_gen.networks import dit_equations

RANDOM = np.random.default_rng(0)
NUM_CLASSES = 3
SIZES = {"patch_size": 2, "width": 16, "num_layers": 2, "num_heads": 2}


def tensor(*shape):
    return tf.constant(RANDOM.normal(size=shape), tf.float32)


def inputs_of(network, rows=2):
    given = {
        "x": tensor(rows, *network.inputs[0].shape[1:]),
        "time": tensor(rows) * 10,
        "labels": tf.constant(np.arange(rows, dtype=np.int32)),
    }
    return [given[x.name] for x in network.inputs]


def trained(network, scale=0.2):
    """With weights that are not zero."""
    for each in network.variables:
        noise = RANDOM.normal(0, scale, size=each.shape)
        each.assign(each + noise.astype(np.float32))
    return network


@pytest.fixture(scope="module")
def full():
    """A small one whose sizes all differ."""
    network = networks.dit(
        (6, 8, 2), num_classes=NUM_CLASSES, output_channels=3, **SIZES
    )
    return trained(network)


@pytest.mark.parametrize("num_classes", [0, NUM_CLASSES])
def test_inputs_shapes_and_a_start_at_zero(num_classes):
    network = networks.dit((8, 4, 2), num_classes=num_classes, **SIZES)
    names = ["x", "time"] + ["labels"] * bool(num_classes)
    assert [x.name for x in network.inputs] == names
    found = network(inputs_of(network))
    assert found.shape == (2, 8, 4, 2) and found.dtype == "float32"
    np.testing.assert_array_equal(found, 0)


def test_a_new_block_is_the_identity():
    network = networks.dit((8, 4, 2), **SIZES)
    ends = [network.get_layer(f"block_{i}_feed_sum").output for i in range(2)]
    tokens = network.get_layer("tokens").output
    part = keras.Function(network.inputs, [tokens, *ends])
    before, *after = part(inputs_of(network))
    assert before.shape == (2, 4 * 2, 16) and np.std(before) > 0.1
    for each in after:
        np.testing.assert_array_equal(each, before)
    network.get_layer("block_1_told").bias.assign(tf.ones(6 * 16))
    _, first, second = part(inputs_of(network))
    assert np.abs(second - first).min() > 0


def test_equals_the_equations(full):
    given = inputs_of(full)
    rows = zip(*(x.numpy() for x in given), strict=True)
    oracle = np.stack(
        [dit_equations.answer(full, *row, num_heads=2) for row in rows]
    )
    assert np.std(oracle) > 0.1
    np.testing.assert_allclose(full(given), oracle, rtol=1e-3, atol=1e-4)


def test_a_row_does_not_depend_on_its_batch_mates(full):
    given = inputs_of(full)
    alone = full([x[1:] for x in given])
    np.testing.assert_allclose(alone[0], full(given)[1], atol=1e-5)


def test_time_and_each_class_matter(full):
    given = inputs_of(full, rows=NUM_CLASSES + 1)
    given = [tf.repeat(x[:1], NUM_CLASSES + 1, axis=0) for x in given]
    given[2] = tf.range(NUM_CLASSES + 1)  # The last is "no class".
    found = full(given).numpy()
    for row in range(NUM_CLASSES):
        assert np.abs(found[row + 1 :] - found[row]).max((1, 2, 3)).min() > 1e-3
    later = full([given[0], given[1] + 0.5, given[2]])
    assert np.abs(later - found).max() > 1e-3


def test_each_pixel_matters_to_all_patches_and_so_does_its_place(full):
    x, *others = inputs_of(full)
    plain = full([x, *others]).numpy()
    changed = full([x + tf.one_hot([3], 6)[0][:, None, None], *others])
    assert np.abs(changed - plain).max(-1).min() > 0
    # Without positions, moved patches would be moved answers.
    moved = full([tf.roll(x, 2, axis=1), *others])
    assert np.abs(tf.roll(moved, -2, axis=1) - plain).max() > 1e-3
    # All patches alike differ by their places only.
    (alike,) = full([tf.ones_like(x[:1]), *(y[:1] for y in others)]).numpy()
    assert np.abs(alike[:2, :2] - alike[:2, 2:4]).max() > 1e-3
    assert np.abs(alike[:2, :2] - alike[2:4, :2]).max() > 1e-3


def test_every_variable_gets_a_gradient(full):
    given = inputs_of(full)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(full(given) ** 2)
    gradients = tape.gradient(loss, [x.value for x in full.variables])
    for each, gradient in zip(full.variables, gradients, strict=True):
        # Keys' biases change no softmax.
        if not each.path.endswith("key/bias"):
            gradient = tf.convert_to_tensor(gradient)
            assert tf.reduce_any(gradient != 0), each.path


# Millions as published in table 4, and what the shapes add up to. The paper's
# code counts 16 * 16 * width more, as its positions are parameters.
@pytest.mark.parametrize(
    ("width", "num_layers", "num_heads", "millions", "count"),
    [
        (384, 12, 6, 33, 32_865_056),
        (768, 12, 12, 130, 130_315_808),
        (1024, 24, 16, 458, 457_840_672),
        (1152, 28, 16, 675, 674_834_720),
    ],
)
def test_the_paper_s_sizes(width, num_layers, num_heads, millions, count):
    small, large = (
        networks.dit(
            (32, 32, 4),
            patch_size=2,
            width=width,
            num_layers=num_blocks,
            num_heads=num_heads,
            num_classes=1000,
            output_channels=8,
        ).count_params()
        for num_blocks in (1, 2)
    )
    # All blocks are alike.
    assert small + (num_layers - 1) * (large - small) == count
    assert round(count / 1e6) == millions


def test_the_start_of_what_is_told():
    network = networks.dit((4, 4, 1), num_classes=99, **{**SIZES, "width": 64})
    starts = [
        network.get_layer(name).get_weights()[0]
        for name in ("time_dense_1", "time_dense_2", "class_embedding")
    ]
    for each in starts:
        assert np.std(each) == pytest.approx(0.02, rel=0.1)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        same = np.corrcoef(starts[i].flat[:4096], starts[j].flat[:4096])
        assert abs(same[0, 1]) < 0.1


def test_half_precision_is_near_and_returns_float32(full):
    half = networks.dit(
        (6, 8, 2),
        num_classes=NUM_CLASSES,
        output_channels=3,
        dtype="mixed_bfloat16",
        **SIZES,
    )
    half.set_weights(full.get_weights())
    given = inputs_of(full)
    found = half(given)
    assert found.dtype == "float32"
    for layer in half.layers:
        if layer.name in ("x", "labels", "output"):
            continue
        told = layer.name.startswith(("time", "class"))
        wanted = "float32" if told else "bfloat16"
        assert layer.compute_dtype == wanted, layer.name
    error = np.std(found - full(given)) / np.std(full(given))
    assert 1e-4 < error < 0.05


def test_survives_a_file(full, tmp_path):
    full.save(tmp_path / "dit.keras")
    read = keras.models.load_model(tmp_path / "dit.keras")
    given = inputs_of(full)
    np.testing.assert_array_equal(read(given), full(given))
    assert [x.path for x in read.variables] == [x.path for x in full.variables]


def test_xla_and_litert_answer_the_same(full):
    given = inputs_of(full)
    plain = full(given)
    call = tf.function(lambda *x: full(list(x)))
    compiled = tf.function(call, jit_compile=True)
    np.testing.assert_allclose(compiled(*given), plain, atol=1e-4)
    concrete = call.get_concrete_function(
        *(
            tf.TensorSpec(x.shape, x.dtype, y.name)
            for x, y in zip(given, full.inputs, strict=True)
        )
    )
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete])
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    content = converter.convert()
    phone = interpreter.Interpreter(model_content=content)
    phone.allocate_tensors()
    for detail in phone.get_input_details():
        (index,) = [
            i for i, x in enumerate(full.inputs) if x.name in detail["name"]
        ]
        phone.set_tensor(detail["index"], given[index].numpy())
    phone.invoke()
    found = phone.get_tensor(phone.get_output_details()[0]["index"])
    np.testing.assert_allclose(found, plain, atol=1e-4)


@pytest.mark.parametrize(
    ("image_shape", "options", "message"),
    [
        ((7, 4, 3), {}, r"`image_shape` .* by `patch_size`, 2. .* \(7, 4, 3\)"),
        ((4, 6, 3), {"patch_size": 4}, r"`patch_size`, 4. .*: pad or resize"),
        ((4, 4), {}, r"`image_shape` must be \(H, W, C\) .* \(4, 4\): pad"),
        ((0, 4, 1), {}, r"`image_shape` .* Received \(0, 4, 1\)"),
        ((4, 4, 1), {"patch_size": 0}, r"`patch_size` .* Received 0: choose a"),
        ((4, 4, 1), {"width": 18}, r"`width` must divide by 4, .* 18: choose"),
        ((4, 4, 1), {"width": 0}, r"`width` must .* Received 0: choose"),
        ((4, 4, 1), {"num_heads": 3}, r"`num_heads` .*=3 and width=16: choose"),
        ((4, 4, 1), {"num_heads": 0}, r"`num_heads` must .*num_heads=0"),
        ((4, 4, 1), {"num_layers": 0}, r"`num_layers` must be 1 or more. .* 0"),
        (
            (4, 4, 1),
            {"num_classes": -1},
            r"`num_classes` must be 0 .* -1: give",
        ),
        ((4, 4, 1), {"output_channels": 0}, r"`output_channels` must be 1 or"),
    ],
)
def test_what_cannot_be_built_is_refused(image_shape, options, message):
    with pytest.raises(ValueError, match=message):
        networks.dit(image_shape, **{**SIZES, **options})
