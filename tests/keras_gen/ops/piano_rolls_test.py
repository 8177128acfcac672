"""Pictures of piano rolls."""

import numpy as np
import pytest

from keras_gen.ops import piano_rolls


def test_a_note_is_where_it_sounds():
    roll = np.zeros((3, 12))
    roll[1, 5] = 1
    image = piano_rolls.picture([roll], lowest=60, steps_per_bar=3, scale=2)
    assert image.shape == (1, 10, 6, 3)  # Keys 3 to 7.
    colored = np.ptp(image[0].numpy(), axis=-1) > 0
    rows, columns = np.nonzero(colored)
    assert set(rows) == {4, 5} and set(columns) == {2, 3}


def test_higher_is_further_up_and_voices_have_colors():
    low, high = np.zeros((2, 2, 30))
    low[0, 3], high[0, 9] = 1, 1
    image = piano_rolls.picture([high, low], scale=1)[0].numpy()
    top, bottom = image[_MARGIN, 0], image[-1 - _MARGIN, 0]
    assert top[2] > top[0] and bottom[0] > bottom[2]


_MARGIN = 2


def test_silence_has_a_picture_and_others_are_refused():
    assert piano_rolls.picture([np.zeros((4, 7))]).shape[0] == 1
    with pytest.raises(ValueError, match="of one shape. Received shapes"):
        piano_rolls.picture([np.zeros((4, 7)), np.zeros((3, 7))])
    with pytest.raises(ValueError, match="`voices` must be"):
        piano_rolls.picture([])
