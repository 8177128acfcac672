"""Statistics of music: of the notes alone, with no model.

What is generated may be held beside what was learned from: equal means of such
numbers are no proof of beauty, other ones are a sign of a fault.

Reference: Wu and Yang 2020, arXiv 2008.01307, section 4, for entropy and
groove; Mogren 2016, arXiv 1611.09904, for scale consistency.
"""

from collections.abc import Sequence

import numpy as np

_MAJOR = (0, 2, 4, 5, 7, 9, 11)
_MINOR = (0, 2, 3, 5, 7, 8, 10)


def pitch_class_entropy(pitches: Sequence[int]) -> float:
    """-sum p log2 p over the twelve pitch classes, bits.

    0 for one class, log2 12 = 3.58 for all alike.

    Args:
        pitches: [N] MIDI pitches of notes.

    Raises:
        ValueError: there are none.
    """
    share = _shares(pitches)
    share = share[share > 0]
    return float(np.sum(-share * np.log2(share)))


def scale_consistency(pitches: Sequence[int]) -> float:
    """The share of notes in the major or minor scale that has most of them.

    Args:
        pitches: [N] MIDI pitches of notes.

    Raises:
        ValueError: there are none.
    """
    share = _shares(pitches)
    return max(
        float(sum(share[(root + degree) % 12] for degree in scale))
        for root in range(12)
        for scale in (_MAJOR, _MINOR)
    )


def groove_consistency(
    onsets: Sequence[int], num_steps: int, steps_per_bar: int = 16
) -> float:
    """How alike the rhythms of neighbouring bars are, in [0, 1].

    1 - mean over neighbours of the share of steps where one has an onset and
    the other has none.

    Args:
        onsets: [N] steps at which notes begin.
        num_steps: of the piece; a bar that is cut is left out.
        steps_per_bar: Q.

    Raises:
        ValueError: there are less than two bars, or an onset is outside.
    """
    num_bars = num_steps // steps_per_bar
    if num_bars < 2:
        raise ValueError(
            "`num_steps` must be two bars or more. Received: "
            f"{num_steps}, in bars of {steps_per_bar}."
        )
    onsets = np.asarray(onsets, np.int64)
    if onsets.size and not 0 <= onsets.min() <= onsets.max() < num_steps:
        raise ValueError(
            f"`onsets` must lie in [0, {num_steps}). Received some from "
            f"{onsets.min()} to {onsets.max()}."
        )
    begins = np.zeros(num_steps, bool)
    begins[onsets] = True
    bars = begins[: num_bars * steps_per_bar].reshape(num_bars, -1)
    return float(1 - np.mean(bars[1:] ^ bars[:-1]))


def _shares(pitches) -> np.ndarray:
    """Of the pitch classes, [12]."""
    pitches = np.asarray(pitches, np.int64)
    if not pitches.size:
        raise ValueError("`pitches` must have a note or more. Received none.")
    return np.bincount(pitches % 12, minlength=12) / pitches.size
