"""What a song is to a model: rows to learn from, and back to voices of notes.

roll          [T, 88], a quarter a frame
chorale       tokens of four voices
melody        tokens of the soprano
performance   tokens of notes in seconds
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gen.data import chorales
from keras_gen.models.sequences import language_model, roll_config
from keras_gen.tokenizers import melodies, notes
from trainers import music_songs

_QUARTER = 4  # Sixteenths of a frame of a roll.
_PIXEL = 0.05  # Seconds of a step in a picture of a performance.


class Form:
    """What depends on the kind of a model's pieces.

    Args:
        config: of the model.

    Attributes:
        column: name of the rows in a batch.
        entry: what is predicted, one at a time.
        unit: where windows may start.
        step: seconds or quarters of a step in a picture.
        time: unit of the notes, as in `midi.write`.
    """

    def __init__(self, config: Any) -> None:
        self.kind, self._tokenizer = "roll", None
        if not isinstance(config, roll_config.PianoRollConfig):
            self.kind = config.tokenizer
            self._tokenizer = language_model.tokenizer_of(config)
        is_roll = self.kind == "roll"
        self.column = "frames" if is_roll else "tokens"
        self.entry = "frame" if is_roll else "token"
        self.unit = 4 if self.kind == "chorale" else 1
        performs = self.kind == "performance"
        self.time = "seconds" if performs else "quarters"
        self.step = _PIXEL if performs else 1.0 if is_roll else 0.25

    def check(self, songs: music_songs.Songs) -> None:
        """Raises ValueError unless the songs can be such pieces."""
        if songs.are_notes != (self.kind == "performance"):
            raise ValueError(
                "`dataset` midi and models of performances go together. "
                f"Received: {songs.summary.rstrip(',')} for a model of "
                f"{self.kind}s. Choose another `tokenizer` or data set."
            )

    def piece(self, song: Any) -> Any:
        """A song as what the model's `generate` takes and gives."""
        if self.kind == "roll":
            return chorales.roll(song, _QUARTER)
        return melodies.melody_of(song[:, 0]) if self.kind == "melody" else song

    def row(self, song: Any) -> np.ndarray:
        """A song as a row to learn from."""
        piece = self.piece(song)
        if self.kind == "roll":
            return piece
        return self._tokenizer.encode(piece, ends=True)

    def size(self, piece: Any) -> int:
        """Frames or tokens of a piece that goes on."""
        is_roll = self.kind == "roll"
        return len(piece if is_roll else self._tokenizer.encode(piece))

    def limits(
        self, songs: Sequence[Any], most: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """By how many semitones each song may move, as `chorales.shifts`."""
        if self.kind == "performance":
            songs = [np.array([n.pitch for n in song]) for song in songs]
        elif self.kind == "melody":
            songs = [song[:, :1] for song in songs]
        return chorales.shifts(songs, most)

    def change(self) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
        """A function of rows and semitones [B] to rows moved by them."""
        if self.kind == "roll":
            return _moved
        first, stop = 2, 258  # Notes that begin or end, of a performance.
        if self.kind != "performance":
            first = self._tokenizer.first_pitch
            stop = self._tokenizer.vocabulary_size

        def move(tokens, semitones):
            is_pitch = (tokens >= first) & (tokens < stop)
            return tf.where(is_pitch, tokens + semitones[:, None], tokens)

        return move

    def primer(self, song: Any, count: int) -> Any:
        """The first frames, steps or notes of a song as a piece."""
        return self.piece(song)[:count]

    def voices(self, piece: Any) -> list[list[notes.Note]]:
        """A piece as notes of each voice."""
        if self.kind == "performance":
            return [piece]
        if self.kind == "melody":
            return [melodies.notes_of(piece)]
        if self.kind == "chorale":
            return [notes.of_steps(voice, 0.25) for voice in piece.T]
        pitches = chorales.LOWEST_KEY + np.arange(chorales.NUM_KEYS)
        keys = (piece * pitches).astype(int).T
        return [sum((notes.of_steps(key, 1.0) for key in keys), [])]

    def rolls(self, voices: Sequence[Sequence[notes.Note]]) -> list[np.ndarray]:
        """[T, 128] of each voice, for a picture."""
        ends = [n.end for voice in voices for n in voice]
        size = round(max(ends, default=1.0) / self.step)
        found = []
        for voice in voices:
            roll = np.zeros((size, 128), np.float32)
            for each in voice:
                start = round(each.start / self.step)
                end = max(round(each.end / self.step), start + 1)
                roll[start:end, each.pitch] = 1.0
            found.append(roll)
        return found


def _moved(frames, semitones):
    """Rolls [B, T, K] moved along the keys."""
    keys = tf.range(frames.shape[-1]) - semitones[:, tf.newaxis]
    keys %= frames.shape[-1]  # Limits keep notes from coming round.
    turned = tf.transpose(frames, (0, 2, 1))
    moved = tf.gather(turned, keys, axis=1, batch_dims=1)
    return tf.transpose(moved, (0, 2, 1))
