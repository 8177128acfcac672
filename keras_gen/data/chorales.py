"""Bach's chorales: four voices, a pitch for each sixteenth note.

    train = chorales.load("train")
    train.songs[0]  # [T, 4] int32: soprano, alto, tenor, bass; 0 is a rest
    chorales.roll(train.songs[0], stride=4)  # [T / 4, 88], a quarter a frame

A note that is struck again looks like one that is held: the data say which
pitches sound, not which begin.

Reference: Boulanger-Lewandowski et al. 2012, arXiv 1206.6392, for the splits.
"""

import dataclasses
import gzip
import itertools
import json
import os
import pathlib
from collections.abc import Sequence

import numpy as np

from keras_gen.data.examples import DataError

NUM_VOICES = 4
NUM_KEYS = 88
LOWEST_KEY = 21  # MIDI pitch of a piano's first key.
SPLITS = ("train", "valid", "test")
_PITCHES = range(1, 128)  # Whole numbers, some of which are written 67.0.
_EMBEDDED = "embedded/chorales.json.gz"
_ATTRIBUTION = "Chorales of J. S. Bach, public domain"


@dataclasses.dataclass(frozen=True)
class Chorales:
    """One split.

    Attributes:
        songs: [T, 4] int32 each, MIDI pitches of soprano, alto, tenor and bass;
            0 where a voice rests.
        split: "train", "valid" or "test".
        source: where the file was found.
        attribution: authors and licence.
    """

    songs: list[np.ndarray]
    split: str
    source: str
    attribution: str = _ATTRIBUTION


def load(
    split: str = "train", data_dir: str | os.PathLike | None = None
) -> Chorales:
    """One split of the chorales, in memory.

    Args:
        split: "train", "valid" or "test".
        data_dir: a file of your own, `{split: [song [step [pitch]]]}` as JSON,
            gzip or not; what comes with the package where None.

    Raises:
        ValueError: unknown split.
        DataError: the file is missing or not of that form.
    """
    if split not in SPLITS:
        raise ValueError(
            f"`split` must be one of {', '.join(SPLITS)}. Received {split!r}."
        )
    path = pathlib.Path(data_dir or pathlib.Path(__file__).parent / _EMBEDDED)
    songs = _read(path, split)
    owner = "As stated by the owner of the file"
    return Chorales(
        [in_voices(song, f"{path}, song {i}") for i, song in enumerate(songs)],
        split,
        str(path),
        owner if data_dir else _ATTRIBUTION,
    )


def roll(song: np.ndarray, stride: int = 1) -> np.ndarray:
    """Which of the piano's keys sound, [T / stride, 88] float32, 0 and 1.

    Args:
        song: [T, voices] pitches, 0 for a rest.
        stride: sixteenths of a frame, of which the first counts.

    Raises:
        ValueError: a pitch that no piano has.
    """
    song = np.asarray(song)[::stride]
    keys = song[song > 0] - LOWEST_KEY
    if len(keys) and not (keys.min() >= 0 and keys.max() < NUM_KEYS):
        raise ValueError(
            f"`song` must have pitches from {LOWEST_KEY} to "
            f"{LOWEST_KEY + NUM_KEYS - 1}, or 0 for a rest. Received some from "
            f"{keys.min() + LOWEST_KEY} to {keys.max() + LOWEST_KEY}."
        )
    frames = np.zeros((len(song), NUM_KEYS), np.float32)
    frames[np.nonzero(song)[0], keys] = 1.0
    return frames


def shifts(
    songs: Sequence[np.ndarray], most: int = 6
) -> tuple[np.ndarray, np.ndarray]:
    """By how much each song may be transposed: within all songs' range.

    Args:
        songs: [T, voices] pitches, 0 for a rest.
        most: semitones, up or down.

    Returns:
        Lowest and highest shift, [N] int32 each.
    """
    sounding = [song[song > 0] for song in songs]
    low = np.array([min(each, default=0) for each in sounding])
    high = np.array([max(each, default=0) for each in sounding])
    down = np.maximum(low.min() - low, -most).astype(np.int32)
    return down, np.minimum(high.max() - high, most).astype(np.int32)


def in_voices(steps: Sequence[Sequence[int]], name: str) -> np.ndarray:
    """Pitches of each step as [T, 4], a voice a column.

    Where fewer than four sound, they go to the voices whose last notes are
    nearest; voices do not cross there.

    Args:
        steps: [T][up to 4] pitches, the soprano's first.
        name: what a message calls it.

    Raises:
        DataError: more than four pitches, or one that is none.
    """
    rows, last = [], np.array([72, 66, 59, 50])
    for index, pitches in enumerate(steps):
        good = isinstance(pitches, list) and len(pitches) <= NUM_VOICES
        if not good or not all(
            type(each) in (int, float) and each in _PITCHES for each in pitches
        ):
            raise DataError(
                f"{name}, step {index} must be a list of up to {NUM_VOICES} "
                f"pitches from 1 to 127. Received: {str(pitches)[:60]}."
            )
        row = np.zeros(NUM_VOICES, np.int32)
        row[_nearest(pitches, last)] = pitches
        last = np.where(row > 0, row, last)
        rows.append(row)
    return np.array(rows, np.int32).reshape(-1, NUM_VOICES)


def _nearest(pitches, last) -> list[int]:
    """Voices, in order, whose last notes are nearest to the pitches."""
    choices = itertools.combinations(range(NUM_VOICES), len(pitches))
    return min(
        map(list, choices),
        key=lambda voices: np.abs(last[voices] - pitches).sum(),
    )


def _read(path: pathlib.Path, split: str) -> list:
    try:
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
        found = json.loads(content)
    except (OSError, EOFError, ValueError) as error:
        raise DataError(
            f"{path} must be a JSON file of chorales, gzip or not: {error}. "
            "Check the path of `data_dir`."
        ) from error
    songs = found.get(split) if isinstance(found, dict) else None
    if not isinstance(songs, list) or not all(
        isinstance(song, list) for song in songs
    ):
        raise DataError(
            f"{path} must have songs as `{{split: [song [step [pitch]]]}}`. "
            f"It has none for {split!r}."
        )
    return songs
