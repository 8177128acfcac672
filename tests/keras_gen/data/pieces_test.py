"""Pieces of different lengths: each entry once, padding known."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen.data import pieces

ROWS = [np.arange(10, 10 + size, dtype=np.int32) for size in (9, 3, 2, 5)]


def entries(batches):
    for batch in batches:
        yield from zip(
            batch["tokens"].numpy(), batch["lengths"].numpy(), strict=True
        )


def test_one_pass_predicts_each_entry_once():
    found = []
    for row, length in entries(pieces.pipeline(ROWS, 4, 3, repeat=False)):
        assert row.shape == (5,) and not row[length:].any()
        assert (np.diff(row[:length]) == 1).all()
        found += list(row[1:length])
    expected = np.concatenate([row[1:] for row in ROWS])
    assert sorted(found) == sorted(expected)


def test_training_meets_windows_of_every_piece():
    batches = pieces.pipeline(ROWS, 4, 2, unit=2, seed=1)
    starts = set()
    for row, length in entries(batches.take(30)):
        assert (np.diff(row[:length]) == 1).all() and not row[length:].any()
        assert length in (2, 3, 5)
        starts.add((length, row[0] - 10))
    assert starts == {(5, 0), (5, 2), (5, 4), (3, 0), (2, 0)}


def test_a_change_is_drawn_within_the_limits_of_its_piece():
    limits = np.array([0, -2, 5, 7]), np.array([0, 2, 5, 7])
    batches = pieces.pipeline(
        ROWS,
        9,
        4,
        change=lambda rows, numbers: rows + numbers[:, tf.newaxis],
        changes=limits,
    )
    found = {}
    for row, length in entries(batches.take(40)):
        assert not row[length:].any()
        found.setdefault(int(length), set()).add(int(row[0]) - 10)
    assert found == {9: {0}, 3: {-2, -1, 0, 1, 2}, 2: {5}, 5: {7}}


def test_batches_are_functions_of_the_step():
    whole = pieces.pipeline(ROWS, 3, 2, seed=3).take(8)
    later = pieces.pipeline(ROWS, 3, 2, seed=3, start_step=5).take(3)
    for one, other in zip(list(whole)[5:], later, strict=True):
        np.testing.assert_array_equal(one["tokens"], other["tokens"])


def test_what_cannot_be_batched_is_refused():
    with pytest.raises(ValueError, match="piece 1 has less"):
        pieces.windows([ROWS[0], ROWS[1][:1]], 4)
    with pytest.raises(ValueError, match="Received: no pieces"):
        pieces.windows([], 4)
    with pytest.raises(ValueError, match="`length` must be 1 or more"):
        pieces.windows(ROWS, 0)
    with pytest.raises(ValueError, match="at most 5, the windows of 4"):
        pieces.pipeline(ROWS, 4, 6)
