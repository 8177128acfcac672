"""MIDI files to sound, by FluidSynth where it is installed.

    synthesis.write("song.mid", "song.wav", "piano.sf2")

FluidSynth (www.fluidsynth.org) is a program; a sound font has its instruments.
"""

import os
import pathlib
import shutil
import subprocess

from keras_gen import artifacts
from keras_gen.data.examples import DataError

_RATE = 44_100  # Hz.


def check(soundfont: str | os.PathLike) -> str:
    """The program's path, if it and the sound font are there.

    Raises:
        DataError: one of them is not.
    """
    program = shutil.which("fluidsynth")
    if program is None:
        raise DataError(
            "Sound needs FluidSynth, which is not on the PATH. Install it "
            "(Debian and Ubuntu: apt install fluidsynth), or ask for none."
        )
    if not pathlib.Path(soundfont).is_file():
        raise DataError(
            f"`soundfont` must be a file, such as an .sf2. Received: "
            f"{soundfont}, which is none."
        )
    return program


def write(
    midi: str | os.PathLike,
    output: str | os.PathLike,
    soundfont: str | os.PathLike,
) -> None:
    """Writes what a MIDI file sounds like, as a .wav of 44,100 Hz.

    Args:
        midi: the file.
        output: the .wav to write; it is there as a whole or not at all.
        soundfont: instruments, such as an .sf2.

    Raises:
        DataError: FluidSynth or the sound font is missing, or it fails.
    """
    program = check(soundfont)
    with artifacts.atomic_file(output, seal=False) as temporary:
        command = [program, "-n", "-i", "-q", "-r", str(_RATE)]
        command += ["-T", "wav", "-F", temporary, soundfont, midi]
        done = subprocess.run(command, capture_output=True, text=True)
        # It returns 0 where it cannot read a file, too.
        if done.returncode or not temporary.stat().st_size:
            told = (done.stderr or done.stdout).strip()[-500:]
            raise DataError(
                f"FluidSynth could not play {midi} with {soundfont}: {told}"
            )
