"""Sound of MIDI files: what FluidSynth is asked, and what may be missing."""

import pytest

from keras_gen.data import synthesis
from keras_gen.data.examples import DataError

WRITES = """
while [ "$1" != -F ]; do shift; done
echo "sound of $4 with $3" > "$2"
"""


@pytest.fixture
def font(tmp_path):
    path = tmp_path / "piano.sf2"
    path.touch()
    return path


def install(tmp_path, monkeypatch, script):
    program = tmp_path / "bin" / "fluidsynth"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")


def test_sound_is_written_beside_the_notes(tmp_path, monkeypatch, font):
    install(tmp_path, monkeypatch, WRITES)
    synthesis.write("song.mid", tmp_path / "song.wav", font)
    found = (tmp_path / "song.wav").read_text()
    assert found == f"sound of song.mid with {font}\n"


def test_without_the_program_nothing_is_written(tmp_path, monkeypatch, font):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DataError, match="FluidSynth, which is not on the PATH"):
        synthesis.write("song.mid", tmp_path / "song.wav", font)
    assert list(tmp_path.iterdir()) == [font]


def test_a_sound_font_must_be_there(tmp_path, monkeypatch):
    install(tmp_path, monkeypatch, WRITES)
    with pytest.raises(DataError, match="`soundfont` must be a file.*none"):
        synthesis.write("song.mid", tmp_path / "song.wav", tmp_path / "no.sf2")


@pytest.mark.parametrize("script", ["echo broken >&2; exit 1", "echo broken"])
def test_what_fails_leaves_nothing(tmp_path, monkeypatch, font, script):
    install(tmp_path, monkeypatch, script)
    with pytest.raises(DataError, match="could not play song.mid.*: broken"):
        synthesis.write("song.mid", tmp_path / "song.wav", font)
    assert not list(tmp_path.glob("*.wav"))
