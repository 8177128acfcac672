"""Models of music: padding, harmonies, tokens in and out."""

import dataclasses

import keras
import numpy as np
import pytest

import keras_gen
from keras_gen.tokenizers import melodies

CONFIG = dataclasses.replace(
    keras_gen.MusicTransformerConfig.tiny(), length=33, width=16, num_layers=1
)
# Under each soprano its own chord.
CHORDS = np.array([[72, 67, 64, 48], [71, 67, 62, 43], [69, 65, 60, 53]])


def chorales(num=48):
    random = np.random.default_rng(0)
    return [
        CHORDS[random.integers(3, size=2 + index % 6)] for index in range(num)
    ]


def batch(model, of, pad=0):
    rows = [model.tokenizer.encode(piece, ends=True) for piece in of]
    tokens = np.full((len(rows), model.config.length + 1), pad, np.int32)
    for row, given in zip(tokens, rows, strict=True):
        row[: len(given)] = given
    return {"tokens": tokens, "lengths": np.int32([len(r) for r in rows])}


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    made = keras_gen.MusicTransformer(CONFIG)
    made.compile(keras_gen.Adam(2e-2))
    data = batch(made, chorales())
    made.fit(data, epochs=80, batch_size=24, verbose=0)
    return made


def test_a_soprano_is_kept_and_harmonised(model):
    sopranos = [[72, 71, 69, 72], [69] * 6]
    found = model.harmonise(sopranos, seed=0, temperature=0.1, num_tries=2)
    for soprano, chorale in zip(sopranos, found, strict=True):
        np.testing.assert_array_equal(chorale[:, 0], soprano)
        chords = {72: 0, 71: 1, 69: 2}
        expected = CHORDS[[chords[pitch] for pitch in soprano]]
        np.testing.assert_array_equal(chorale, expected)


def test_a_harmony_is_a_function_of_its_soprano_and_seed(model):
    how = {"temperature": 9.0, "num_tries": 2}
    both = model.harmonise([[72, 71], [69] * 3], seed=1, **how)
    (alone,) = model.harmonise([[69] * 3], seed=2, **how)
    np.testing.assert_array_equal(alone, both[1])
    (other,) = model.harmonise([[69] * 3], seed=3, **how)
    assert not np.array_equal(other, alone)


def test_more_tries_are_no_less_likely(model):
    soprano = [72, 69, 71, 71]
    how = {"temperature": 3.0}
    scores = []
    for num_tries in (1, 8):
        found = model.harmonise([soprano], 0, num_tries=num_tries, **how)
        scores.append(float(model.log_prob(found)[0]))
    assert scores[1] >= scores[0]


def test_a_piece_goes_on_and_ends(model):
    (found,) = model.generate(
        [CHORDS[:1]], 28, seed=2, temperature=0.2, jit_compile=False
    )
    np.testing.assert_array_equal(found[0], CHORDS[0])
    assert found.shape[1] == 4
    assert {tuple(row) for row in found} <= {tuple(row) for row in CHORDS}


def test_every_figure_is_per_real_token(model):
    """The mean over all tokens but each first, whatever is behind an end."""
    pieces = chorales(7)
    found = [
        model.evaluate(
            batch(model, pieces, pad), batch_size=3, verbose=0, return_dict=True
        )
        for pad in (0, 7)
    ]
    assert found[0] == pytest.approx(found[1])
    rows = [model.tokenizer.encode(each, ends=True) for each in pieces]
    total = 0.0
    for row in rows:
        logits = keras.ops.log_softmax(model(row[np.newaxis, :-1]))[0]
        total -= np.take_along_axis(logits.numpy(), row[1:, None], 1).sum()
    count = sum(len(row) - 1 for row in rows)
    assert found[0]["loss"] == pytest.approx(total / count, rel=1e-4)
    assert found[0]["share"] == pytest.approx(count / 7 / CONFIG.length)


def test_whole_rows_are_those_of_windows(model):
    """Where nothing is padded, lengths change nothing."""
    plain = keras_gen.MusicTransformer(
        dataclasses.replace(CONFIG, padded=False)
    )
    plain.set_weights(model.get_weights())
    tokens = np.random.default_rng(1).integers(2, 40, (4, 34)).astype(np.int32)
    seed = np.arange(4, dtype=np.int32)
    lengths = np.full(4, 34, np.int32)
    padded = model.losses({"tokens": tokens, "lengths": lengths}, seed, False)
    expected = plain.losses({"tokens": tokens}, seed, False)
    np.testing.assert_allclose(padded["loss"], expected["loss"], rtol=1e-6)
    np.testing.assert_array_equal(padded["share"], 1)


def test_the_endpoint_goes_on_as_python_does(model):
    piece = CHORDS[:2]
    (expected,) = model.generate(
        [piece], 12, seed=3, temperature=2.0, jit_compile=False
    )
    given = model.tokenizer.encode(piece)
    tokens = np.zeros((1, CONFIG.length), np.int32)
    tokens[0, : len(given)] = given
    found = model.run(
        "generate",
        tokens=tokens,
        num_given=np.array([len(given)], np.int32),
        num_tokens=np.array([12], np.int32),
        temperature=np.float32([2.0]),
        top_k=np.array([0], np.int32),
        top_p=np.float32([1.0]),
        seed=np.array([3], np.int32),
    )
    count = int(found["num_tokens"][0])
    decoded = model.tokenizer.decode(found["tokens"][0, :count].numpy())
    np.testing.assert_array_equal(decoded, expected)


def test_a_melody_goes_on():
    model = keras_gen.MelodyRNN(keras_gen.MelodyRNNConfig.tiny())
    primer = [60, melodies.HOLD, 62]
    (found,) = model.generate([primer], 20, jit_compile=False)
    np.testing.assert_array_equal(found[:3], primer)
    assert set(model.endpoints()) == {"generate", "score", "step"}
    assert np.isfinite(model.log_prob([primer])).all()


def test_what_cannot_be_harmonised_is_refused(model):
    with pytest.raises(ValueError, match="must have a step or more"):
        model.harmonise([[]])
    with pytest.raises(ValueError, match="`num_tries` at least 1"):
        model.harmonise([[72]], num_tries=0)
    with pytest.raises(ValueError, match="from 36 to 81. Received: 90"):
        model.harmonise([[90]])
    other = keras_gen.MusicTransformer(
        dataclasses.replace(CONFIG, tokenizer="melody")
    )
    with pytest.raises(ValueError, match="`tokenizer` must be chorale"):
        other.harmonise([[72]])
