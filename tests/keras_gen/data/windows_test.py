"""Windows: each token is predicted once an epoch, whatever was resumed."""

import itertools

import numpy as np
import pytest

from keras_gen.data import windows

TOKENS = np.arange(103, dtype=np.int32)


def take(num, **options):
    batches = windows.pipeline(TOKENS, 8, 3, **options)
    return [each["tokens"].numpy() for each in itertools.islice(batches, num)]


def test_an_epoch_predicts_no_token_twice_and_others_at_its_ends():
    steps = windows.steps_per_epoch(len(TOKENS), 8, 3)
    assert steps == 3
    first, second = np.split(np.stack(take(2 * steps, seed=5)), 2)
    for epoch in (first, second):
        predicted = epoch[..., 1:].reshape(-1)
        assert len(np.unique(predicted)) == len(predicted) == 72
        assert (np.diff(epoch, axis=-1) == 1).all()
    assert not np.array_equal(np.sort(first, None), np.sort(second, None))


def test_a_resumed_stream_is_the_same():
    everything = take(9, seed=5)
    for start in (1, 3, 7):
        resumed = take(9 - start, seed=5, start_step=start)
        np.testing.assert_array_equal(resumed, everything[start:])


def test_one_pass_goes_from_the_first_token_on():
    found = np.concatenate(take(99, repeat=False))
    np.testing.assert_array_equal(found[:, 1:].reshape(-1), TOKENS[1:97])


def test_rows_in_turn_go_on_where_they_ended():
    steps = windows.steps_per_epoch(len(TOKENS), 8, 3)
    for epoch in np.split(np.stack(take(2 * steps, in_turn=True)), 2):
        np.testing.assert_array_equal(epoch[1:, :, 0], epoch[:-1, :, -1])
        assert len(np.unique(epoch[..., 1:])) == 72
    resumed = take(2, in_turn=True, start_step=2)
    np.testing.assert_array_equal(resumed, take(4, in_turn=True)[2:])


def test_the_last_window_may_be_the_very_last():
    tokens = np.arange(6, dtype=np.int32)  # One window of 3, two offsets more.
    batches = windows.pipeline(tokens, 3, 1, seed=1)
    found = np.concatenate(
        [each["tokens"] for each in itertools.islice(batches, 30)]
    )
    assert set(found[:, 0]) == {0, 1, 2} and found.max() == 5


@pytest.mark.parametrize(
    "length, batch_size, message",
    [
        (0, 3, "`length` must be 1 or more. Received 0"),
        (8, 0, "`batch_size` must be 1 or more. Received 0"),
        (50, 3, "has 1 windows of 50. Received batch_size 3"),
        (200, 3, "has 0 windows of 200"),
    ],
)
def test_wrong_sizes(length, batch_size, message):
    with pytest.raises(ValueError, match=message):
        windows.pipeline(TOKENS, length, batch_size)
    with pytest.raises(ValueError, match="`start_step` must be 0 or more"):
        windows.pipeline(TOKENS, 8, 3, start_step=-1)
