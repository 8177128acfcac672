"""Notes: what tokenizers of music make tokens of, and MIDI files hold."""

from collections.abc import Iterable
from typing import NamedTuple


class Note(NamedTuple):
    """One note.

    Attributes:
        start: seconds, or quarters where a file is read in quarters.
        end: after the start, in the same unit.
        pitch: MIDI number from 0 to 127; 60 is the middle C.
        velocity: how hard it is struck, from 1 to 127.
    """

    start: float
    end: float
    pitch: int
    velocity: int = 80


def transposed(notes: Iterable[Note], semitones: int) -> list[Note]:
    """The notes so much higher.

    Raises:
        ValueError: one would leave MIDI's range.
    """
    found = [n._replace(pitch=n.pitch + semitones) for n in notes]
    outside = [n.pitch for n in found if not 0 <= n.pitch <= 127]
    if outside:
        raise ValueError(
            "`semitones` must leave pitches from 0 to 127. Received: "
            f"{semitones}, which gives {outside[0]}. Transpose by less."
        )
    return found


def stretched(notes: Iterable[Note], factor: float) -> list[Note]:
    """The notes so many times as slow.

    Raises:
        ValueError: the factor is not positive.
    """
    if not factor > 0:
        raise ValueError(f"`factor` must be above 0. Received: {factor}.")
    return [
        n._replace(start=n.start * factor, end=n.end * factor) for n in notes
    ]


def of_steps(pitches: Iterable[int], step: float = 0.25) -> list[Note]:
    """One voice's pitch for each step, 0 for a rest, as notes.

    Equal neighbours are one note.

    Args:
        pitches: [T].
        step: how long one is, in quarters or seconds.
    """
    found, last = [], 0
    for index, pitch in enumerate(map(int, pitches)):
        if pitch and pitch == last:
            found[-1] = found[-1]._replace(end=(index + 1) * step)
        elif pitch:
            found.append(Note(index * step, (index + 1) * step, pitch))
        last = pitch
    return found
