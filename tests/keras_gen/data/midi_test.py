"""MIDI files: what is heard is read, what cannot be read is said."""

import sys

import mido
import pytest

from keras_gen import data
from keras_gen.data import midi
from keras_gen.tokenizers import Note

BEAT = 100  # Ticks.


def message(name, time, note=60, velocity=80, channel=0):
    fields = {"note": note, "velocity": velocity, "channel": channel}
    return mido.Message(f"note_{name}", time=time, **fields)


def pedal(value, time, channel=0):
    fields = {"control": 64, "value": value, "channel": channel}
    return mido.Message("control_change", time=time, **fields)


def saved(path, *tracks, kind=1):
    file = mido.MidiFile(type=kind, ticks_per_beat=BEAT)
    file.tracks.extend(mido.MidiTrack(track) for track in tracks)
    file.save(path)
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "song.mid"


def test_voices_come_back(path):
    voices = [
        [Note(0.0, 0.5, 60, 64), Note(0.5, 1.25, 62, 1)],
        [Note(0.25, 2.0, 40, 127)],
    ]
    for unit in midi.UNITS:
        midi.write(voices, path, unit, quarters_per_minute=90)
        found = midi.read(path, unit)
        expected = sorted(sum(voices, []))
        assert [n[2:] for n in found] == [n[2:] for n in expected]
        for one, other in zip(found, expected, strict=True):
            assert one[:2] == pytest.approx(other[:2], abs=2e-3)


def test_a_note_ends_an_earlier_one_of_its_pitch(path):
    midi.write([[Note(0.0, 2.0, 60), Note(1.0, 3.0, 60)]], path, "quarters")
    expected = [Note(0.0, 1.0, 60), Note(1.0, 3.0, 60)]
    assert midi.read(path, "quarters") == expected


def test_tempos_change_seconds_and_not_quarters(path):
    """A quarter at 120, then two at 60, told by another track."""
    tempos = [
        mido.MetaMessage("set_tempo", tempo=500_000, time=0),
        mido.MetaMessage("set_tempo", tempo=1_000_000, time=BEAT),
    ]
    saved(path, tempos, [message("on", 0), message("off", 3 * BEAT)])
    assert midi.read(path) == [Note(0.0, 2.5, 60, 80)]
    assert midi.read(path, "quarters") == [Note(0.0, 3.0, 60, 80)]


def test_the_pedal_holds_until_it_comes_up_or_the_key_is_struck(path):
    track = [
        pedal(127, 0),
        message("on", 0),
        message("off", 10),  # At 10, held.
        message("on", 10, 64),
        message("off", 10, 64),  # At 30, held.
        message("on", 10),  # At 40 it ends the first.
        pedal(0, 10),  # At 50 it ends the second; the third is down.
        message("off", 20),  # At 70.
    ]
    saved(path, track)
    found = [(n.start * 200, n.end * 200, n.pitch) for n in midi.read(path)]
    assert found == [(0, 40, 60), (20, 50, 64), (40, 70, 60)]


def test_a_pedal_is_of_its_channel(path):
    saved(
        path,
        [pedal(127, 0, channel=1), message("on", 0), message("off", BEAT)],
        [message("on", 5 * BEAT, 70), message("off", BEAT, 70)],
    )
    assert midi.read(path, "quarters")[0] == Note(0.0, 1.0, 60, 80)


def test_sixty_four_tracks_on_one_channel_do_not_meet(path):
    """All hold one pitch, each for a time of its own."""
    tracks = [
        [message("on", 0, velocity=1 + i), message("off", BEAT * (1 + i))]
        for i in range(64)
    ]
    saved(path, *tracks)
    found = midi.read(path, "quarters")
    assert {(n.velocity, n.end) for n in found} == {
        (1 + i, 1.0 + i) for i in range(64)
    }


def test_what_is_no_note_is_left_out(path):
    """Drums, notes of no length; a note without an end lasts to the last."""
    track = [
        message("on", 0, channel=9),
        message("off", 10, channel=9),
        message("on", 0, 61),
        message("on", 0, 61, velocity=0),
        message("on", 0, 62),
        mido.MetaMessage("end_of_track", time=90),
    ]
    saved(path, track)
    assert midi.read(path, "quarters") == [Note(0.1, 1.0, 62, 80)]
    assert midi.read(saved(path, []), "quarters") == []


@pytest.mark.parametrize(
    "content", [b"", b"MThd", b"RIFF" * 20, b"MThd" + bytes(40)]
)
def test_what_is_no_midi_is_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(data.DataError, match="must be a MIDI file. It has"):
        midi.read(path)


def test_a_cut_file_is_refused(path):
    saved(path, [message("on", 0), message("off", BEAT)])
    content = path.read_bytes()
    for size in range(1, len(content) - 1):
        path.write_bytes(content[:size])
        try:
            found = midi.read(path)
        except data.DataError:
            continue
        assert found == [] or size > 30  # Whole messages may stand alone.


def test_damaged_bytes_raise_nothing_else(path):
    saved(path, [message("on", 0), message("off", BEAT)])
    content = path.read_bytes()
    for place in range(len(content)):
        for value in (0, 127, 255):
            wrong = content[:place] + bytes([value]) + content[place + 1 :]
            path.write_bytes(wrong)
            try:
                midi.read(path)
            except data.DataError as error:
                assert str(path) in str(error)


def test_other_arguments_are_refused(path, tmp_path):
    with pytest.raises(ValueError, match="`unit` must be one of seconds"):
        midi.read(path, "beats")
    with pytest.raises(ValueError, match="Received: 'beats', 120"):
        midi.to_bytes([], "beats")
    with pytest.raises(ValueError, match="end after that. Received: Note"):
        midi.to_bytes([[Note(1.0, 0.0, 60)]])
    with pytest.raises(data.DataError, match="cannot be read: No such file"):
        midi.read(tmp_path / "none.mid")
    saved(path, [message("on", 0)], kind=2)
    with pytest.raises(data.DataError, match="Received type 2"):
        midi.read(path)


def test_what_is_missing_is_told_before_it_is_needed(monkeypatch):
    midi.require()
    monkeypatch.setitem(sys.modules, "mido", None)
    with pytest.raises(
        data.DataError, match=r"pip install 'keras_gen\[music\]'"
    ):
        midi.require()
