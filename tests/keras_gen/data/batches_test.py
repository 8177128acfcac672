"""Every batch is a function of the seed and the step alone."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from keras_gen import data

_BINARIZATIONS = ("none", "threshold", "fixed", "dynamic")


def _examples(count=23, channels=1, labels=True, captions=True):
    """Images of 4x5 pixels; the label of each is its index.

    Image i has one to three captions, "i:0", "i:1" and "i:2".
    """
    random = np.random.default_rng(0)
    return data.Examples(
        images=random.integers(0, 256, (count, 4, 5, channels), np.uint8),
        labels=np.arange(count, dtype=np.int32) if labels else None,
        name="noise",
        split="train",
        source="a test",
        attribution="",
        captions=tuple(
            tuple(f"{index}:{each}" for each in range(1 + index % 3))
            for index in range(count)
        )
        if captions
        else None,
    )


def _take(count, *args, **kwargs):
    batches = data.pipeline(*args, **kwargs).take(count)
    return list(batches.as_numpy_iterator())


def _labels(batches):
    return np.concatenate([batch["labels"] for batch in batches])


def _assert_equal(batches, others):
    assert len(batches) == len(others)
    for batch, other in zip(batches, others, strict=True):
        assert batch.keys() == other.keys()
        for name in batch:
            np.testing.assert_array_equal(batch[name], other[name])


def test_images_are_the_levels_as_floats():
    examples = _examples(channels=3)
    batch = _take(1, examples, 8, with_labels=True)[0]
    assert batch["images"].dtype == np.float32
    assert batch["labels"].dtype == np.int32
    levels = examples.images[batch["labels"]].astype(np.float32)
    np.testing.assert_array_equal(batch["images"], levels / 127.5 - 1)


@pytest.mark.parametrize("binarization", _BINARIZATIONS)
def test_resumes_from_any_step(binarization):
    keywords = {"binarization": binarization, "with_labels": True, "seed": 3}
    keywords |= {"with_captions": True}
    whole = _take(9, _examples(), 5, **keywords)
    for step in (1, 4, 6):  # Within an epoch of 4, at its end, after it.
        rest = _take(9 - step, _examples(), 5, start_step=step, **keywords)
        _assert_equal(rest, whole[step:])


def test_resumes_far_away():
    def label(step):
        keywords = {"start_step": step, "with_labels": True}
        return _labels(_take(1, _examples(), 5, **keywords)).tolist()

    assert label(4 * 10**9) == label(4 * 10**9)
    assert label(4 * 10**9) != label(4 * 10**9 + 4)


def _captions(batches):
    """Image and number of each caption, [N, 2]."""
    texts = np.concatenate([batch["captions"] for batch in batches])
    return np.array([text.decode().split(":") for text in texts], int)


def test_captions_go_with_their_images():
    for keywords in ({}, {"repeat": False}):
        keywords |= {"with_labels": True, "with_captions": True}
        batches = _take(4, _examples(), 5, **keywords)
        np.testing.assert_array_equal(
            _captions(batches)[:, 0], _labels(batches)
        )


def test_captions_of_an_image_are_drawn_equally_often():
    keywords = {"with_captions": True, "shuffle": False}
    drawn = _captions(_take(3000, _examples(6), 6, **keywords))
    numbers = drawn[:, 1].reshape(3000, 6)
    for image, size in enumerate([1, 2, 3] * 2):
        share = np.bincount(numbers[:, image]) / 3000
        np.testing.assert_allclose(share, np.full(size, 1 / size), atol=0.04)
    # Images do not draw together: 0.018 is the standard deviation.
    assert abs(np.corrcoef(numbers[:, 2], numbers[:, 5])[0, 1]) < 0.08
    assert abs(np.corrcoef(numbers[1:, 2], numbers[:-1, 2])[0, 1]) < 0.08


def test_captions_depend_on_the_seed_and_leave_the_rest_alone():
    options = {"with_labels": True, "binarization": "dynamic"}
    options |= {"shuffle": False}
    drawn = [
        _take(8, _examples(), 5, seed=s, with_captions=True, **options)
        for s in (1, 1, 2)
    ]
    _assert_equal(drawn[0], drawn[1])
    assert np.any(_captions(drawn[0]) != _captions(drawn[2]))
    plain = _take(8, _examples(), 5, seed=1, **options)
    without = [
        {name: batch[name] for name in ("images", "labels")}
        for batch in drawn[0]
    ]
    _assert_equal(plain, without)


def test_captions_of_a_single_pass_are_the_first():
    batches = _take(-1, _examples(), 5, repeat=False, with_captions=True)
    expected = [[index, 0] for index in range(23)]
    np.testing.assert_array_equal(_captions(batches), expected)


def test_captions_are_utf8_of_static_shape():
    examples = dataclasses.replace(
        _examples(1, captions=False), captions=(("n\u00e9uf \u732b",),)
    )
    batches = data.pipeline(examples, 1, with_captions=True)
    assert batches.element_spec["captions"] == tf.TensorSpec((1,), tf.string)
    (batch,) = batches.take(1).as_numpy_iterator()
    assert batch["captions"][0].decode() == "n\u00e9uf \u732b"


def test_an_epoch_is_a_permutation_without_the_remainder():
    batches = _take(4 * 60, _examples(), 5, with_labels=True)
    epochs = _labels(batches).reshape(60, 20)
    for epoch in epochs:
        assert len(set(epoch)) == 20
    assert len({tuple(epoch) for epoch in epochs}) == 60
    # 3 of 23 are left out of each epoch, and not always the same.
    assert set(epochs.ravel()) == set(range(23))


def test_neighbouring_epochs_and_seeds_have_unrelated_orders():
    examples = _examples(count=2000)
    first, second = (
        _labels(_take(2, examples, 1000, start_step=step, with_labels=True))
        for step in (0, 2)
    )
    other = _labels(_take(2, examples, 1000, seed=1, with_labels=True))
    for a, b in ((first, second), (first, other), (first[1:], first[:-1])):
        # Standard deviation of the correlation of random orders: 0.022.
        assert abs(np.corrcoef(a, b)[0, 1]) < 0.1


def test_every_place_gets_every_example_equally_often():
    num_epochs = 4000
    batches = data.pipeline(_examples(count=6), 6, with_labels=True)
    batches = batches.take(num_epochs).as_numpy_iterator()
    orders = np.stack([batch["labels"] for batch in batches])
    counts = np.stack([(orders == label).sum(0) for label in range(6)])
    chi_squared = np.sum((counts - num_epochs / 6) ** 2) / (num_epochs / 6)
    assert chi_squared < 60  # 25 degrees of freedom: p < 1e-4.


def test_equal_seeds_give_equal_streams():
    keywords = {"binarization": "dynamic"}
    streams = [
        _take(6, _examples(), 5, seed=seed, **keywords) for seed in (1, 1, 2)
    ]
    _assert_equal(streams[0], streams[1])
    assert np.any(streams[0][0]["images"] != streams[2][0]["images"])


def test_without_shuffling_every_epoch_is_in_order():
    batches = _take(8, _examples(), 5, shuffle=False, with_labels=True)
    np.testing.assert_array_equal(_labels(batches), [*range(20)] * 2)


def test_a_single_pass_has_every_example_once_in_order():
    dataset = data.pipeline(_examples(), 5, repeat=False, with_labels=True)
    assert dataset.cardinality() == 5
    batches = list(dataset.as_numpy_iterator())
    assert [len(batch["images"]) for batch in batches] == [5, 5, 5, 5, 3]
    np.testing.assert_array_equal(_labels(batches), range(23))


def test_a_single_pass_resumes_shuffles_and_may_be_one_batch():
    keywords = {"repeat": False, "with_labels": True}
    rest = _take(-1, _examples(), 5, start_step=3, **keywords)
    np.testing.assert_array_equal(_labels(rest), range(15, 23))
    mixed = _labels(_take(-1, _examples(), 5, shuffle=True, **keywords))
    assert sorted(mixed) == list(range(23)) != mixed.tolist()
    assert len(_take(-1, _examples(), 100, **keywords)) == 1


def test_a_single_pass_binarizes_by_index_whatever_the_batch_size():
    for binarization in ("fixed", "dynamic"):
        keywords = {"repeat": False, "binarization": binarization, "seed": 4}
        passes = [
            np.concatenate(
                [b["images"] for b in _take(-1, _examples(), size, **keywords)]
            )
            for size in (3, 23)
        ]
        np.testing.assert_array_equal(*passes)


def test_shapes_are_static_where_they_can_be():
    endless = data.pipeline(_examples(), 5, with_labels=True)
    assert endless.cardinality() == tf.data.INFINITE_CARDINALITY
    assert endless.element_spec == {
        "images": tf.TensorSpec((5, 4, 5, 1), tf.float32),
        "labels": tf.TensorSpec((5,), tf.int32),
    }
    whole = data.pipeline(_examples(20), 5, repeat=False).element_spec
    assert whole["images"].shape == (5, 4, 5, 1)


def test_options_are_set():
    options = data.pipeline(_examples(), 5).options()
    assert options.deterministic
    assert (
        options.experimental_distribute.auto_shard_policy
        == tf.data.experimental.AutoShardPolicy.DATA
    )


def test_steps_per_epoch_counts_whole_batches():
    assert data.steps_per_epoch(_examples(), 5) == 4
    assert data.steps_per_epoch(_examples(), 23) == 1


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"batch_size": 24}, "must not exceed the 23 examples"),
        ({"batch_size": 0}, "`batch_size` must be 1 or more"),
        ({"start_step": -1}, "`start_step` must be 0 or more"),
        ({"with_labels": True}, "`with_labels` needs labels"),
        ({"with_captions": True}, "`captions` are needed, and noise"),
        ({"binarization": "hard"}, "one of none, threshold, fixed, dynamic"),
    ],
)
def test_errors_name_the_argument(keywords, message):
    with pytest.raises(ValueError, match=message):
        examples = _examples(labels=False, captions=False)
        data.pipeline(examples, **{"batch_size": 5} | keywords)


_TWO_REPLICAS = """
import numpy as np
import tensorflow as tf
from keras_gen import data

cpus = tf.config.list_physical_devices("CPU")
logical = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(cpus[0], logical)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
examples = data.load("digits", "test")
with strategy.scope():
    batches = data.pipeline(examples, 8, binarization="dynamic")
    spread = strategy.experimental_distribute_dataset(batches)
for batch, parts, _ in zip(batches, spread, range(5)):
    parts = strategy.experimental_local_results(parts["images"])
    assert [len(part) for part in parts] == [4, 4]
    np.testing.assert_array_equal(np.concatenate(parts), batch["images"])
print("equal")
"""


def test_replicas_share_the_global_batch_in_order():
    # In a process of its own: devices can be split only before first use.
    ended = subprocess.run(
        [sys.executable, "-c", _TWO_REPLICAS], capture_output=True, text=True
    )
    assert ended.stdout.strip() == "equal", ended.stderr
