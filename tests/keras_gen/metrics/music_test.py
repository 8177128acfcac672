"""Statistics of music, where they are known."""

import math

import numpy as np
import pytest

from keras_gen import metrics

C_MAJOR = [60, 62, 64, 65, 67, 69, 71]


def test_entropy_of_known_pitches():
    entropy = metrics.pitch_class_entropy
    assert entropy([60, 72, 48]) == 0
    assert entropy([60, 61]) == 1
    assert entropy(range(24)) == pytest.approx(math.log2(12))
    assert entropy([0, 0, 0, 1]) == pytest.approx(2 - 0.75 * math.log2(3))


def test_a_scale_has_its_own_notes_in_any_key():
    for semitones in range(12):
        moved = np.array(C_MAJOR) + semitones
        assert metrics.scale_consistency(moved) == pytest.approx(1)
    minor = [57, 59, 60, 62, 64, 65, 67]  # The same notes.
    assert metrics.scale_consistency(minor) == pytest.approx(1)
    assert metrics.scale_consistency(range(12)) == pytest.approx(7 / 12)
    assert metrics.scale_consistency([*C_MAJOR, 61]) == pytest.approx(7 / 8)


def test_groove_of_known_bars():
    groove = metrics.groove_consistency
    assert groove([0, 2, 4, 6, 8, 10], 12, 4) == 1
    assert groove([0, 1, 2, 3], 8, 4) == 0
    assert groove([0, 1, 4], 8, 4) == pytest.approx(3 / 4)
    # Three bars: 1 of 4 steps differs, then 2 of 4; the cut bar is left out.
    assert groove([0, 1, 4, 9, 13], 14, 4) == pytest.approx(1 - 3 / 8)


def test_what_has_no_statistics_is_refused():
    with pytest.raises(ValueError, match="a note or more"):
        metrics.pitch_class_entropy([])
    with pytest.raises(ValueError, match="two bars or more. Received: 7"):
        metrics.groove_consistency([], 7, 4)
    with pytest.raises(ValueError, match="from 9 to 9"):
        metrics.groove_consistency([9], 8, 4)
