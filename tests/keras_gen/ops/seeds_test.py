"""Threefry gives the published words, the same ones wherever it runs."""

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import interpreter

from keras_gen.ops import seeds

SEEDS = np.array([0, 1, 7, -1, 2**31 - 1, -(2**31)], np.int32)
# Of each row; sizes even and odd.
SHAPES = [(), (1,), (3,), (4, 5), (2, 3, 1)]


def int32(*words):
    return [tf.constant(np.uint32(word).astype(np.int32)) for word in words]


@pytest.mark.parametrize(
    ("key", "counter", "expected"),
    [
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((0xFFFFFFFF,) * 2, (0xFFFFFFFF,) * 2, (0x1CB996FC, 0xBB002BE7)),
        (
            (0x13198A2E, 0x03707344),
            (0x243F6A88, 0x85A308D3),
            (0xC4923A9C, 0x483DF7A0),
        ),
    ],
)
def test_published_known_answers(key, counter, expected):
    """The vectors that come with Random123 of the paper's authors."""
    words = seeds.threefry2x32(int32(*key), int32(*counter))
    assert [int(word) & 0xFFFFFFFF for word in words] == list(expected)


def reference(key, counter):
    """Threefry-2x32-20 in unsigned words, straight from the paper."""
    key, x = [np.uint32(k) for k in key], [np.uint32(c) for c in counter]
    key.append(key[0] ^ key[1] ^ np.uint32(0x1BD11BDA))
    x = [x[0] + key[0], x[1] + key[1]]
    rotations = [13, 15, 26, 6, 17, 29, 16, 24]
    for step in range(20):
        turn = np.uint32(rotations[step % 8])
        x[0] = x[0] + x[1]
        x[1] = (x[1] << turn) | (x[1] >> (np.uint32(32) - turn))
        x[1] = x[1] ^ x[0]
        if step % 4 == 3:
            group = step // 4 + 1
            x[0] = x[0] + key[group % 3]
            x[1] = x[1] + key[(group + 1) % 3] + np.uint32(group)
    return x


def test_random_words_equal_the_unsigned_reference():
    random = np.random.default_rng(0)
    words = random.integers(0, 2**32, (4, 2000), dtype=np.uint32)
    k0, k1, c0, c1 = (tf.constant(each.view(np.int32)) for each in words)
    found = seeds.threefry2x32((k0, k1), (c0, c1))
    expected = reference(words[:2], words[2:])
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.numpy().view(np.uint32), other)


def draw(seed):
    """Everything that is drawn, by name."""
    drawn = {"bits": seeds.bits(seed, 7), "fold": seeds.fold(seed, 3)}
    for index, shape in enumerate(SHAPES):
        drawn[f"uniform_{index}"] = seeds.uniform(seed, shape)
        drawn[f"normal_{index}"] = seeds.normal(seed, shape, stream=1)
    return drawn


class Draws(tf.Module):
    """`draw` as something that can be exported."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int32, "seed")])
    def __call__(self, seed):
        return draw(seed)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("draws"))
    draws = Draws()
    signature = draws.__call__.get_concrete_function()
    tf.saved_model.save(draws, path, signatures={"draw": signature})
    return path


def run_litert(path):
    converter = tf.lite.TFLiteConverter.from_saved_model(path)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    loaded = interpreter.Interpreter(model_content=converter.convert())
    return loaded.get_signature_runner("draw")(seed=SEEDS)


def run(way, path):
    seed = tf.constant(SEEDS)
    if way == "graph":
        return tf.function(draw)(seed)
    if way == "xla":
        return tf.function(draw, jit_compile=True)(seed)
    if way == "saved_model":
        return tf.saved_model.load(path).signatures["draw"](seed=seed)
    return run_litert(path)


@pytest.mark.parametrize("way", ["graph", "xla", "saved_model", "litert"])
def test_every_way_of_running_draws_what_eager_draws(way, exported):
    expected, found = draw(tf.constant(SEEDS)), run(way, exported)
    assert set(found) == set(expected)
    for name, value in expected.items():
        if name.startswith("normal"):  # log, sin and cos differ a little.
            np.testing.assert_allclose(found[name], value, atol=2e-6, rtol=0)
        else:
            np.testing.assert_array_equal(found[name], value, err_msg=name)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("draw", [seeds.uniform, seeds.normal])
def test_shapes(draw, shape):
    noise = draw(tf.constant(SEEDS), shape)
    assert noise.shape == (len(SEEDS), *shape)
    assert noise.dtype == tf.float32
    assert draw(tf.constant(SEEDS[:1]), shape).shape == (1, *shape)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_bits_have_the_size_asked_for(size):
    assert seeds.bits(tf.constant(SEEDS), size).shape == (len(SEEDS), size)


@pytest.mark.parametrize("draw", [seeds.uniform, seeds.normal])
def test_a_row_depends_on_its_own_seed_alone(draw):
    together = draw(tf.constant(SEEDS), (3,)).numpy()
    for row, seed in enumerate(SEEDS):
        alone = draw(tf.constant([seed]), (3,)).numpy()
        # log, sin and cos of one number and of eight differ in the last bit.
        np.testing.assert_allclose(alone[0], together[row], rtol=1e-6)
    assert len({row.tobytes() for row in together}) == len(SEEDS)


def test_normal_is_box_muller_of_uniform():
    seed = tf.range(200)
    noise = seeds.uniform(seed, (100,)).numpy().astype(np.float64)
    radius = np.sqrt(-2 * np.log(noise[:, :50]))
    angle = 2 * np.pi * noise[:, 50:]
    expected = np.concatenate(
        [radius * np.cos(angle), radius * np.sin(angle)], axis=1
    )
    found = seeds.normal(seed, (100,)).numpy()
    np.testing.assert_allclose(found, expected, atol=2e-6, rtol=0)
    odd = seeds.normal(seed, (99,)).numpy()
    np.testing.assert_array_equal(odd, found[:, :99])


def test_uniform_never_reaches_0_or_1():
    """Not even from the smallest and the largest word."""
    words = tf.constant([0, 1, -1, 2**31 - 1, -(2**31)])
    noise = seeds._unit_interval(words).numpy()
    assert noise.min() == 2.0**-24
    assert noise.max() == 1 - 2.0**-24


def test_log_of_numbers_near_1_keeps_its_digits():
    x = 1 - (np.arange(200_000, dtype=np.float32) + 0.5) * np.float32(2**-23)
    expected = np.log(x.astype(np.float64))
    np.testing.assert_allclose(seeds._log(tf.constant(x)), expected, rtol=1e-6)


def test_fold_gives_distinct_new_seeds():
    one_seed = seeds.fold(tf.fill((1000,), 3), tf.range(1000)).numpy()
    one_number = seeds.fold(tf.range(1000), 3).numpy()
    assert len(set(one_seed) | set(one_number)) == 1999  # (3, 3) is in both.
    assert one_seed[3] == one_number[3]


def test_rows_tell_runs_steps_and_rows_apart():
    found = [
        seeds.rows(run, tf.constant(step), 20).numpy()
        for run in (0, 1)
        for step in (-2, -1, 0, 1, 2)
    ]
    assert len({*np.concatenate(found)}) == 2 * 5 * 20


def test_rows_are_equal_in_eager_mode_graphs_and_xla():
    step = tf.constant(4)
    expected = seeds.rows(3, step, 9).numpy()
    for options in ({}, {"jit_compile": True}):
        compiled = tf.function(lambda step: seeds.rows(3, step, 9), **options)
        np.testing.assert_array_equal(compiled(step), expected)


def test_compiled_noise_is_the_same_noise():
    seed = tf.range(6)
    np.testing.assert_allclose(
        seeds.compiled_normal(seed, (5,)), seeds.normal(seed, (5,)), atol=2e-6
    )


def test_noise_and_folds_never_share_a_word():
    """They differ even for equal keys and counters."""
    seed = tf.constant([9])
    assert int(seeds.bits(seed, 1)[0, 0]) != int(seeds.fold(seed, 0)[0])
