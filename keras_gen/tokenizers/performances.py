"""Notes of any number at any time as events.

    NOTE_ON    128 pitches
    NOTE_OFF   128 pitches
    TIME_SHIFT 10 ms ... 1 s, in hundreds of a second
    VELOCITY   32 steps, of notes that begin after it

Reference: Oore et al. 2018, arXiv 1808.03715, section 3.2.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from keras_gen.tokenizers import melodies
from keras_gen.tokenizers.notes import Note

STEPS_PER_SECOND = 100
_NUM_PITCHES, _NUM_SHIFTS, _NUM_VELOCITIES = 128, 100, 32
_ON = 2  # After start and end.
_OFF = _ON + _NUM_PITCHES
_SHIFT = _OFF + _NUM_PITCHES
_VELOCITY = _SHIFT + _NUM_SHIFTS
_LEVELS = 128 // _NUM_VELOCITIES  # Velocities of a step.


class PerformanceTokenizer:
    """Notes to tokens and back; times are rounded to 10 ms."""

    voices = 1

    @property
    def vocabulary_size(self) -> int:
        """V."""
        return _VELOCITY + _NUM_VELOCITIES

    def encode(self, notes: Iterable[Note], ends: bool = False) -> np.ndarray:
        """[T] int32, the start first; the end last if it `ends`.

        A note takes 10 ms at least; one that begins while another of its
        pitch sounds ends that.

        Raises:
            ValueError: a note ends before it starts, starts before 0, or has
                a pitch or velocity that MIDI does not have.
        """
        tokens, now, velocity = [melodies.START], 0, None
        for step, is_on, pitch, level in _events(notes):
            while now < step:
                count = min(step - now, _NUM_SHIFTS)
                tokens.append(_SHIFT + count - 1)
                now += count
            if is_on and level != velocity:
                tokens.append(_VELOCITY + level)
                velocity = level
            tokens.append((_ON if is_on else _OFF) + pitch)
        last = [melodies.END] if ends else []
        return np.array(tokens + last, np.int32)

    def decode(self, tokens: Sequence[int]) -> list[Note]:
        """The notes of tokens, seconds; in order of start and pitch.

        What a model may write is read with mercy: the end of a note that does
        not sound is passed over, and one without an end lasts to the last.
        """
        found, sounding, now, velocity = [], {}, 0, 64

        def end(pitch):
            start, struck = sounding.pop(pitch, (now, 0))
            if start < now:
                times = start / STEPS_PER_SECOND, now / STEPS_PER_SECOND
                found.append(Note(*times, pitch, struck))

        for token in map(int, melodies.until_end(tokens)):
            if token >= _VELOCITY:
                velocity = (token - _VELOCITY) * _LEVELS + _LEVELS // 2
            elif token >= _SHIFT:
                now += token - _SHIFT + 1
            elif token >= _OFF:
                end(token - _OFF)
            else:
                end(token - _ON)
                sounding[token - _ON] = now, velocity
        for pitch in list(sounding):
            end(pitch)
        return sorted(found, key=lambda each: (each.start, each.pitch))


def _events(notes) -> list[tuple[int, bool, int, int]]:
    """(step, whether it begins, pitch, velocity step); ends come first."""
    begun, events = {}, []
    for each in sorted(notes, key=lambda n: (n.start, n.pitch)):
        _check(each)
        first = round(each.start * STEPS_PER_SECOND)
        last = max(round(each.end * STEPS_PER_SECOND), first + 1)
        old_first, old_last = begun.get(each.pitch, (-1, -1))
        if first == old_first:
            continue  # Two in a hundredth of a second are one.
        if first < old_last:
            events.remove((old_last, False, each.pitch, 0))
            events.append((first, False, each.pitch, 0))
        begun[each.pitch] = first, last
        events.append((first, True, each.pitch, each.velocity // _LEVELS))
        events.append((last, False, each.pitch, 0))
    return sorted(events)


def _check(note: Note) -> None:
    good = (
        0 <= note.start < note.end
        and 0 <= note.pitch <= 127
        and 1 <= note.velocity <= 127
    )
    if not good:
        raise ValueError(
            "`notes` must start at 0 or later, end after that, and have "
            f"pitches from 0 and velocities from 1 to 127. Received: {note}."
        )
