"""Chorales: found, in voices, as rolls, transposed within range."""

import json

import numpy as np
import pytest

from keras_gen import data
from keras_gen.data import chorales


def test_the_splits_ship_with_the_package():
    splits = {each: chorales.load(each) for each in chorales.SPLITS}
    sizes = [len(each.songs) for each in splits.values()]
    assert sizes == [229, 76, 77]
    quarters = [len(song[::4]) for song in splits["test"].songs]
    assert sum(quarters) == 4725
    first = splits["train"].songs[0]
    np.testing.assert_array_equal(first[0], [74, 70, 65, 58])
    assert "public domain" in splits["valid"].attribution


def test_a_missing_voice_is_the_one_that_was_elsewhere():
    steps = [[72, 67, 64, 48], [71, 62, 47], [], [50]]
    found = chorales.in_voices(steps, "song")
    expected = [[72, 67, 64, 48], [71, 0, 62, 47], [0] * 4, [0, 0, 0, 50]]
    np.testing.assert_array_equal(found, expected)


def test_voices_may_cross_where_all_sound():
    steps = [[60, 65, 55, 57]]
    np.testing.assert_array_equal(chorales.in_voices(steps, ""), steps)


def test_a_roll_has_what_sounds():
    song = np.array([[21, 108], [0, 60], [60, 60], [0, 0]])
    found = chorales.roll(song)
    assert [list(np.nonzero(row)[0]) for row in found] == [
        [0, 87],
        [39],
        [39],
        [],
    ]
    np.testing.assert_array_equal(chorales.roll(song, 2), found[::2])
    with pytest.raises(ValueError, match="21 to 108, or 0 .* from 109 to 109"):
        chorales.roll(np.array([[109]]))


def test_shifts_keep_songs_in_the_range_of_all():
    songs = [np.array([[40, 0], [80, 60]]), np.array([[50, 70]])]
    low, high = chorales.shifts(songs, most=6)
    np.testing.assert_array_equal(low, [0, -6])
    np.testing.assert_array_equal(high, [0, 6])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "must be a JSON file of chorales"),
        (b"\x1f\x8bnot", "must be a JSON file of chorales"),
        (b"[]", "has none for 'train'"),
        (json.dumps({"train": [[[1, 2, 3, 4, 5]]]}).encode(), "song 0, step 0"),
        (json.dumps({"train": [[[1.5]]]}).encode(), "pitches from 1 to 127"),
        (json.dumps({"train": [[[True]]]}).encode(), "Received: .True."),
        (json.dumps({"train": [[7]]}).encode(), "Received: 7"),
    ],
)
def test_what_is_no_chorale_is_refused(tmp_path, content, message):
    path = tmp_path / "songs.json"
    path.write_bytes(content)
    with pytest.raises(data.DataError, match=message):
        chorales.load("train", path)


def test_an_unknown_split_is_refused():
    with pytest.raises(ValueError, match="one of train, valid, test"):
        chorales.load("dev")
