"""Tokenizers of music: pieces come back."""

import numpy as np
import pytest

from keras_gen import tokenizers
from keras_gen.tokenizers import Note, melodies, notes


def test_melodies_come_back():
    tokenizer = tokenizers.MelodyTokenizer(60, 72)
    melody = [60, melodies.HOLD, melodies.OFF, melodies.HOLD, 72]
    tokens = tokenizer.encode(melody, ends=True)
    np.testing.assert_array_equal(tokens, [0, 4, 2, 3, 2, 16, 1])
    assert tokenizer.vocabulary_size == 17
    np.testing.assert_array_equal(tokenizer.decode(tokens), melody)
    np.testing.assert_array_equal(tokenizer.decode([0, 4, 1, 5]), [60])


def test_pitches_of_steps_come_back():
    pitches = np.array([0, 60, 60, 62, 0, 0, 62, 60, 60])
    melody = melodies.melody_of(pitches)
    np.testing.assert_array_equal(melody, [-2, 60, -2, 62, -1, -2, 62, 60, -2])
    np.testing.assert_array_equal(melodies.pitches_of(melody), pitches)
    assert melodies.notes_of(melody) == notes.of_steps(pitches)
    again = melodies.notes_of([60, 60, -2, -1])
    assert again == [Note(0.0, 0.25, 60), Note(0.25, 0.75, 60)]


def test_chorales_come_back_soprano_first():
    tokenizer = tokenizers.ChoraleTokenizer()
    chorale = np.array([[72, 67, 64, 48], [0, 67, 81, 36]])
    tokens = tokenizer.encode(chorale, ends=True)
    np.testing.assert_array_equal(tokens, [0, 39, 34, 31, 15, 2, 34, 48, 3, 1])
    np.testing.assert_array_equal(tokenizer.decode(tokens), chorale)
    np.testing.assert_array_equal(tokenizer.decode(tokens[:7]), chorale[:1])
    assert tokens.max() < tokenizer.vocabulary_size


def test_performances_come_back():
    tokenizer = tokenizers.PerformanceTokenizer()
    piece = [
        Note(0.0, 1.5, 60, 66),
        Note(0.25, 0.75, 64, 66),
        Note(0.25, 3.0, 67, 126),
    ]
    tokens = tokenizer.encode(piece, ends=True)
    assert tokenizer.vocabulary_size == 2 + 128 + 128 + 100 + 32
    assert tokenizer.decode(tokens) == piece
    # Velocity 66 and on; 250 ms; on; velocity 126 and on; 500 ms; off; ...
    expected = [0, 374, 62, 282, 66, 389, 69, 307, 194, 332, 190]
    np.testing.assert_array_equal(tokens[:11], expected)
    # 1.5 s are two shifts.
    np.testing.assert_array_equal(tokens[11:], [357, 307, 197, 1])


def test_random_performances_are_stable():
    """What was rounded once is not rounded again; pitches do not overlap."""
    tokenizer = tokenizers.PerformanceTokenizer()
    random = np.random.default_rng(0)
    piece = [
        Note(start, start + length, int(pitch), int(velocity))
        for start, length, pitch, velocity in zip(
            random.uniform(0, 5, 60),
            random.uniform(0.001, 2, 60),
            random.integers(50, 60, 60),
            random.integers(1, 128, 60),
            strict=True,
        )
    ]
    once = tokenizer.decode(tokenizer.encode(piece))
    assert tokenizer.decode(tokenizer.encode(once)) == once
    assert len(once) > 50
    for pitch in range(50, 60):
        own = [n for n in once if n.pitch == pitch]
        ends = [n.end for n in own]
        assert all(
            end <= later.start
            for end, later in zip(ends, own[1:], strict=False)
        )


def test_what_a_model_writes_wrongly_is_read_with_mercy():
    tokenizer = tokenizers.PerformanceTokenizer()
    # Off of what is silent; on twice; no end; a shift at the end.
    tokens = [0, 190, 62, 258, 62, 267, 1, 64]
    assert tokenizer.decode(tokens) == [
        Note(0.0, 0.01, 60, 64),
        Note(0.01, 0.11, 60, 64),
    ]


def test_notes_move_and_stretch():
    piece = [Note(1.0, 2.0, 60)]
    assert notes.transposed(piece, -3) == [Note(1.0, 2.0, 57)]
    assert notes.stretched(piece, 1.5) == [Note(1.5, 3.0, 60)]
    with pytest.raises(ValueError, match="which gives 128"):
        notes.transposed(piece, 68)
    with pytest.raises(ValueError, match="`factor` must be above 0"):
        notes.stretched(piece, 0.0)


def test_what_is_no_piece_is_refused():
    with pytest.raises(ValueError, match="from 21 to 108. Received: 20"):
        tokenizers.MelodyTokenizer().encode([20])
    with pytest.raises(ValueError, match="`lowest` and `highest`"):
        tokenizers.ChoraleTokenizer(80, 70)
    with pytest.raises(ValueError, match=r"shape \[T, 4\]"):
        tokenizers.ChoraleTokenizer().encode([60, 61])
    with pytest.raises(ValueError, match="Received: Note"):
        tokenizers.PerformanceTokenizer().encode([Note(2.0, 1.0, 60)])
