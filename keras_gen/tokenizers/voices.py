"""Four voices as tokens: soprano, alto, tenor, bass of a step, then the next.

    chorale  [T, 4] int: a pitch for each sixteenth and voice, 0 for a rest

The soprano of a step comes before what harmonises it. A note that is struck
again looks like one that is held.

Reference: Huang et al. 2018, arXiv 1809.04281, section 4.1.1, for the order.
"""

from collections.abc import Sequence

import numpy as np

from keras_gen.tokenizers import melodies

_REST, _FIRST_PITCH = 2, 3


class ChoraleTokenizer:
    """Chorales to tokens: start, end, rest, and a token for each pitch.

    Args:
        lowest: MIDI pitch; those of Bach's chorales are from 36
        highest: to 81.

    Raises:
        ValueError: no pitch is between them.
    """

    voices = 4

    def __init__(self, lowest: int = 36, highest: int = 81) -> None:
        melodies.check_range(lowest, highest)
        self.lowest, self.highest = lowest, highest

    @property
    def vocabulary_size(self) -> int:
        """V."""
        return _FIRST_PITCH + self.highest - self.lowest + 1

    @property
    def first_pitch(self) -> int:
        """The token of the lowest pitch; those of others follow."""
        return _FIRST_PITCH

    def encode(self, chorale: np.ndarray, ends: bool = False) -> np.ndarray:
        """[1 + 4 T] int32, the start first; the end last if it `ends`.

        Raises:
            ValueError: there are not four voices, or a pitch is out of range.
        """
        chorale = np.asarray(chorale, np.int32)
        if chorale.ndim != 2 or chorale.shape[1] != self.voices:
            raise ValueError(
                f"`chorale` must have shape [T, {self.voices}], a voice a "
                f"column. Received: {chorale.shape}."
            )
        flat = chorale.reshape(-1)
        melodies.check_pitches(flat[flat > 0], self.lowest, self.highest)
        pitches = flat - self.lowest + _FIRST_PITCH
        tokens = np.where(flat > 0, pitches, _REST)
        last = [melodies.END] if ends else []
        tokens = np.concatenate([[melodies.START], tokens, last])
        return tokens.astype(np.int32)

    def decode(self, tokens: Sequence[int]) -> np.ndarray:
        """The chorale [T, 4] int32 of tokens, without a step that is cut."""
        tokens = melodies.until_end(tokens)
        tokens = tokens[: len(tokens) // self.voices * self.voices]
        pitches = tokens - _FIRST_PITCH + self.lowest
        found = np.where(tokens >= _FIRST_PITCH, pitches, 0)
        return found.reshape(-1, self.voices)
