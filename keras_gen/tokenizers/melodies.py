"""One voice as tokens: what happens in each sixteenth.

    melody  [T] int: a pitch where a note begins, HOLD where nothing changes,
            OFF where a note ends and none begins

Reference: Waite et al. 2016, "Generating Long-Term Structure in Songs and
Stories", for the events.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from keras_gen.tokenizers import notes

HOLD, OFF = -2, -1
START, END = 0, 1  # Tokens.
_FIRST_PITCH = 4


class MelodyTokenizer:
    """Melodies to tokens: start, end, hold, off, and a token for each pitch.

    Args:
        lowest: MIDI pitch.
        highest: MIDI pitch.

    Raises:
        ValueError: no pitch is between them.
    """

    voices = 1

    def __init__(self, lowest: int = 21, highest: int = 108) -> None:
        check_range(lowest, highest)
        self.lowest, self.highest = lowest, highest

    @property
    def vocabulary_size(self) -> int:
        """V."""
        return _FIRST_PITCH + self.highest - self.lowest + 1

    @property
    def first_pitch(self) -> int:
        """The token of the lowest pitch; those of others follow."""
        return _FIRST_PITCH

    def encode(self, melody: Sequence[int], ends: bool = False) -> np.ndarray:
        """[1 + T] int32, the start first; the end last if it `ends`.

        Raises:
            ValueError: an event is none, or a pitch is out of range.
        """
        melody = np.asarray(melody, np.int32)
        is_event = (melody == HOLD) | (melody == OFF)
        check_pitches(melody[~is_event], self.lowest, self.highest)
        pitches = melody - self.lowest + _FIRST_PITCH
        tokens = np.where(is_event, melody + 4, pitches)
        last = [END] if ends else []
        return np.concatenate([[START], tokens, last]).astype(np.int32)

    def decode(self, tokens: Sequence[int]) -> np.ndarray:
        """The melody [T] int32 of tokens, up to the first end."""
        tokens = until_end(tokens)
        pitches = tokens - _FIRST_PITCH + self.lowest
        return np.where(tokens < _FIRST_PITCH, tokens - 4, pitches)


def melody_of(pitches: Iterable[int]) -> np.ndarray:
    """Events [T] of a pitch for each step, 0 for a rest."""
    found, last = [], 0
    for pitch in map(int, pitches):
        event = HOLD if pitch == last else pitch or OFF
        found.append(event)
        last = pitch
    return np.array(found, np.int32)


def pitches_of(melody: Iterable[int]) -> np.ndarray:
    """A pitch for each step [T], 0 for a rest: the inverse of `melody_of`."""
    found, last = [], 0
    for event in map(int, melody):
        last = last if event == HOLD else max(event, 0)
        found.append(last)
    return np.array(found, np.int32)


def notes_of(melody: Iterable[int], step: float = 0.25) -> list[notes.Note]:
    """Notes of a melody; a pitch that comes again is struck again.

    Args:
        melody: [T] events.
        step: how long one is, in quarters or seconds.
    """
    found, sounds = [], False
    for index, event in enumerate(map(int, melody)):
        if event == HOLD and sounds:
            found[-1] = found[-1]._replace(end=(index + 1) * step)
        elif event >= 0:
            found.append(notes.Note(index * step, (index + 1) * step, event))
        sounds = event >= 0 or (sounds and event == HOLD)
    return found


def until_end(tokens: Sequence[int]) -> np.ndarray:
    """Tokens [T] int32 before the first end, without starts."""
    tokens = np.asarray(tokens, np.int32)
    ends = np.flatnonzero(tokens == END)
    tokens = tokens[: ends[0]] if len(ends) else tokens
    return tokens[tokens != START]


def check_range(lowest: int, highest: int) -> None:
    """Raises ValueError unless these are MIDI pitches in order."""
    if not 0 <= lowest <= highest <= 127:
        raise ValueError(
            "`lowest` and `highest` must be MIDI pitches from 0 to 127 in "
            f"order. Received: {lowest} and {highest}."
        )


def check_pitches(pitches: np.ndarray, lowest: int, highest: int) -> None:
    """Raises ValueError unless all are in range."""
    bad = pitches[(pitches < lowest) | (pitches > highest)]
    if bad.size:
        raise ValueError(
            f"Pitches must be from {lowest} to {highest}. Received: "
            f"{int(bad[0])}. Transpose the piece."
        )
