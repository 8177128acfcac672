"""The model of piano rolls: the protocol, padding, drawing."""

import dataclasses

import keras
import numpy as np
import pytest

import keras_gen
from keras_gen import networks

CONFIG = dataclasses.replace(
    keras_gen.PianoRollConfig.tiny(), length=8, width=16
)


def rolls(num=40):
    """Keys 0 and 1 in turn, 2 always, of 3 to 9 frames."""
    found = []
    for index in range(num):
        roll = np.zeros((3 + index % 7, CONFIG.num_keys), np.float32)
        roll[np.arange(len(roll)), (np.arange(len(roll)) + index) % 2] = 1
        roll[:, 2] = 1
        found.append(roll)
    return found


def batch(of, noise=0.0):
    frames = np.full((len(of), CONFIG.length + 1, CONFIG.num_keys), noise)
    for row, roll in zip(frames, of, strict=True):
        row[: len(roll)] = roll
    lengths = np.array([len(roll) for roll in of], np.int32)
    return {"frames": frames.astype(np.float32), "lengths": lengths}


@pytest.fixture(scope="module", params=["gru", "transformer"])
def model(request):
    keras.utils.set_random_seed(0)
    config = dataclasses.replace(CONFIG, network=request.param)
    made = keras_gen.PianoRollModel(config)
    made.compile(keras_gen.Adam(3e-2))
    made.fit(batch(rolls()), epochs=40, batch_size=20, verbose=0)
    return made


def test_it_learns_what_follows(model):
    found = model.evaluate(batch(rolls()), verbose=0, return_dict=True)
    assert found["loss"] < 0.1
    first, second = rolls()[:2]
    first, second = model.generate([first[:1], second[:2]], 5, temperature=0.2)
    np.testing.assert_array_equal(first, rolls()[6][:6])
    np.testing.assert_array_equal(second, rolls()[5][:7])


def test_the_figure_is_that_of_the_published_program(model):
    """Sums over keys and frames but each first, divided by their number."""
    total, count = 0.0, 0
    for roll in rolls(9)[:6]:
        x, y = roll[np.newaxis, :-1], roll[1:]
        p = 1 / (1 + np.exp(-model(x).numpy()[0].astype(np.float64)))
        total -= np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))
        count += len(y)
    found = model.evaluate(batch(rolls(9)[:6]), verbose=0, return_dict=True)
    assert found["loss"] == pytest.approx(total / count, rel=1e-4)
    whole = -float(sum(model.log_prob([r[:8] for r in rolls(9)[:6]])))
    assert whole / count == pytest.approx(total / count, rel=1e-4)


def test_what_is_behind_an_end_does_not_matter(model):
    plain, noisy = (
        model.evaluate(
            batch(rolls(8), noise), batch_size=3, verbose=0, return_dict=True
        )
        for noise in (0.0, 1.0)
    )
    assert plain == pytest.approx(noisy)
    assert plain["share"] == pytest.approx(
        np.mean([len(r) - 1 for r in rolls(8)]) / CONFIG.length
    )


def test_a_roll_is_a_function_of_its_primer_and_seed(model):
    primers = [np.ones((1, 5)), np.zeros((2, 5))]
    both = model.generate(primers, 4, seed=3, temperature=9.0)
    (alone,) = model.generate(primers[1:], 4, seed=4, temperature=9.0)
    np.testing.assert_array_equal(alone, both[1])
    (other,) = model.generate(primers[1:], 4, seed=5, temperature=9.0)
    assert not np.array_equal(other, alone)


def test_the_endpoint_draws_and_scores_the_same(model):
    expected = model.generate([np.ones((2, 5))], 4, seed=7, temperature=5.0)[0]
    frames = np.zeros((1, 8, 5), np.float32)
    frames[0, :2] = 1
    found = model.run(
        "generate",
        frames=frames,
        num_given=np.array([2], np.int32),
        num_frames=np.array([4], np.int32),
        temperature=np.float32([5.0]),
        seed=np.array([7], np.int32),
    )
    count = int(found["num_frames"][0])
    assert count == 6 and not found["frames"][0, count:].numpy().any()
    np.testing.assert_array_equal(found["frames"][0, :count], expected)
    scored = model.run(
        "score", frames=found["frames"], num_frames=found["num_frames"]
    )
    np.testing.assert_allclose(
        scored["log_prob"], model.log_prob([expected]), rtol=1e-5
    )


def test_a_recurrent_one_has_no_end():
    model = keras_gen.PianoRollModel(CONFIG)
    assert model.room is None
    assert len(model.generate([np.ones((9, 5))], 3)[0]) == 12
    assert np.isfinite(model.log_prob([np.ones((70, 5))])).all()


def test_what_does_not_fit_is_refused(model):
    with pytest.raises(ValueError, match=r"`rolls` must be arrays \[T, 5\]"):
        model.generate([np.ones((2, 6))])
    with pytest.raises(ValueError, match="`temperature` must be above 0"):
        model.generate([np.ones((2, 5))], temperature=0.0)
    if model.room is not None:
        with pytest.raises(ValueError, match="at most 8 frames together"):
            model.generate([np.ones((2, 5))], 7)
    own = networks.GPT(6, 8, 1, 2, tied=False, multi_hot=True)
    keras_gen.PianoRollModel(
        dataclasses.replace(CONFIG, num_keys=6), network=own
    )
    with pytest.raises(ValueError, match="`dropout` is of the built-in"):
        keras_gen.PianoRollModel(
            dataclasses.replace(CONFIG, dropout=0.1), network=own
        )
    with pytest.raises(ValueError, match="`network` must map frames"):
        keras_gen.PianoRollModel(CONFIG, network=networks.GPT(5, 8, 1, 2))
