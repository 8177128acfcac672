"""MIDI files to notes, and back; mido reads and writes their bytes.

    notes = midi.read("song.mid")  # seconds, by the file's own tempos
    midi.write([notes], "copy.mid")

All tracks and channels together, without drums. A note that the sustain pedal
holds lasts until the pedal comes up or its key is struck again.
"""

import io
import os
import pathlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from keras_gen.data.examples import DataError
from keras_gen.tokenizers.notes import Note

UNITS = ("seconds", "quarters")
_DRUMS = 9  # Channel.
_PEDAL, _DOWN = 64, 64  # Control, and the value from which it is down.
_TEMPO = 500_000  # Microseconds of a quarter, unless a file says otherwise.
_TICKS = 480  # Of a quarter, in what is written.
_INSTALL = "mido is not installed: `pip install 'keras_gen[music]'`."


def read(path: str | os.PathLike, unit: str = "seconds") -> list[Note]:
    """The notes of a MIDI file, in order of start and pitch.

    Args:
        path: of the file.
        unit: "seconds", or "quarters", which tempos do not change.

    Raises:
        ValueError: unknown unit.
        DataError: mido is not installed; the file is missing, empty, damaged,
            of independent tracks (type 2), or timed in frames (SMPTE).
    """
    if unit not in UNITS:
        raise ValueError(
            f"`unit` must be one of {', '.join(UNITS)}. Received: {unit!r}."
        )
    try:
        content = pathlib.Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    midi = _parsed(content, path)
    events = list(_events(midi))
    times = _times(events, midi.ticks_per_beat, unit)
    found = [
        Note(times[each.start], times[each.end], each.pitch, each.velocity)
        for each in _notes(events)
    ]
    return sorted(found, key=lambda each: (each.start, each.pitch))


def write(
    voices: Sequence[Iterable[Note]],
    path: str | os.PathLike,
    unit: str = "seconds",
    quarters_per_minute: float = 120.0,
) -> None:
    """Writes voices, a track each, for a piano; see `to_bytes`."""
    content = to_bytes(voices, unit, quarters_per_minute)
    pathlib.Path(path).write_bytes(content)


def to_bytes(
    voices: Sequence[Iterable[Note]],
    unit: str = "seconds",
    quarters_per_minute: float = 120.0,
) -> bytes:
    """A MIDI file of voices, a track each, for a piano.

    Args:
        voices: notes of each.
        unit: of their times, "seconds" or "quarters".
        quarters_per_minute: of the file; with seconds it changes what is
            written, not what is heard.

    Raises:
        ValueError: unknown unit, a speed that is not positive, or a note that
            MIDI does not have.
        DataError: mido is not installed.
    """
    mido = _mido()
    if unit not in UNITS or not quarters_per_minute > 0:
        raise ValueError(
            f"`unit` must be one of {', '.join(UNITS)} and "
            "`quarters_per_minute` above 0. Received: "
            f"{unit!r}, {quarters_per_minute}."
        )
    tempo = round(60e6 / quarters_per_minute)
    ticks = _TICKS * (1e6 / tempo if unit == "seconds" else 1.0)
    midi = mido.MidiFile(ticks_per_beat=_TICKS)
    tempo_track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=tempo)])
    midi.tracks.append(tempo_track)
    for notes in voices:
        midi.tracks.append(mido.MidiTrack(_messages(mido, notes, ticks)))
    file = io.BytesIO()
    midi.save(file=file)
    return file.getvalue()


class _Event(NamedTuple):
    tick: int
    track: int
    message: Any


class _Struck(NamedTuple):
    """A note whose times are events' indices."""

    start: int
    end: int
    pitch: int
    velocity: int


def require() -> None:
    """Raises DataError if mido is missing: before a long run, not after."""
    _mido()


def _mido():
    try:
        import mido
    except ImportError as error:
        raise DataError(_INSTALL) from error
    return mido


def _parsed(content: bytes, path) -> Any:
    mido = _mido()
    try:
        # A byte of data above 127 is a damaged one; mido can take it for 127.
        midi = mido.MidiFile(file=io.BytesIO(content))
    except Exception as error:  # mido has many, some without a text.
        what = str(error) or type(error).__name__
        raise DataError(
            f"{path} must be a MIDI file. It has {len(content):,} bytes and "
            f"cannot be read: {what}. Leave it out, or save it anew."
        ) from error
    if midi.type == 2 or midi.ticks_per_beat <= 0:
        raise DataError(
            f"{path} must have tracks that sound together (type 0 or 1), timed "
            f"in ticks of a quarter. Received type {midi.type} with "
            f"{midi.ticks_per_beat} ticks. Save it in another form."
        )
    return midi


def _events(midi) -> Iterator[_Event]:
    """Messages of all tracks in order of time."""
    found = []
    for index, track in enumerate(midi.tracks):
        tick = 0
        for message in track:
            tick += message.time
            found.append(_Event(tick, index, message))
    return iter(sorted(found, key=lambda each: each.tick))


def _times(events, ticks_per_beat: int, unit: str) -> list[float]:
    """When each event is, in the unit; by the tempos up to it."""
    found, now, last, tempo = [], 0.0, 0, _TEMPO
    for each in events:
        length = (each.tick - last) / ticks_per_beat
        now += length * (tempo / 1e6 if unit == "seconds" else 1.0)
        last = each.tick
        found.append(now)
        if each.message.type == "set_tempo":
            tempo = each.message.tempo
    return found


def _notes(events: list[_Event]) -> Iterator[_Struck]:
    """Notes that last longer than nothing, held by the pedal or not."""
    sounding, down = {}, set()  # (track, channel, pitch), channels.
    released = set()  # Keys that the pedal alone holds.

    def end(key, index):
        start, velocity = sounding.pop(key)
        released.discard(key)
        if events[start].tick < events[index].tick:
            yield _Struck(start, index, key[2], velocity)

    for index, (_, track, message) in enumerate(events):
        channel = getattr(message, "channel", _DRUMS)
        if channel == _DRUMS:
            continue
        if message.type in ("note_on", "note_off"):
            key = track, channel, message.note
            strikes = message.type == "note_on" and message.velocity
            if key in sounding and (strikes or channel not in down):
                yield from end(key, index)
            elif key in sounding:
                released.add(key)
            if strikes:
                sounding[key] = index, message.velocity
        elif message.type == "control_change" and message.control == _PEDAL:
            if message.value >= _DOWN:
                down.add(channel)
                continue
            down.discard(channel)
            for key in [key for key in released if key[1] == channel]:
                yield from end(key, index)
    for key in list(sounding):
        yield from end(key, len(events) - 1)


def _parted(notes) -> list[Note]:
    """A note ends an earlier one of its pitch, which MIDI cannot tell apart."""
    found, later = [], {}
    for each in sorted(notes, key=lambda n: n.start, reverse=True):
        end = min(each.end, later.get(each.pitch, each.end))
        later[each.pitch] = each.start
        found.append(each._replace(end=end))
    return found


def _messages(mido, notes, ticks_per_unit: float) -> list[Any]:
    """Of a track, with the times between them; ends come first."""
    events = []
    for each in _parted(notes):
        start, end = (
            round(time * ticks_per_unit) for time in (each.start, each.end)
        )
        if not 0 <= start < max(end, start + 1) or each.end < each.start:
            raise ValueError(
                "`voices` must have notes that start at 0 or later and end "
                f"after that. Received: {each}."
            )
        events.append((start, 1, each.pitch, each.velocity))
        events.append((max(end, start + 1), 0, each.pitch, 0))
    found, now = [], 0
    for tick, is_on, pitch, velocity in sorted(events):
        name = "note_on" if is_on else "note_off"
        fields = {"note": pitch, "velocity": velocity, "time": tick - now}
        found.append(mido.Message(name, **fields))
        now = tick
    return found
