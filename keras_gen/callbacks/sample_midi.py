"""Music of the same seeds after every few epochs, to be heard and seen."""

import os
import pathlib
from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from keras_gen import artifacts
from keras_gen.callbacks import sample_sheet


class SampleMIDI(keras.callbacks.Callback):
    """Writes `epoch-0001.mid`, ... with what the model plays, and its picture.

    Args:
        directory: for the files.
        draw: model to the bytes of a MIDI file, and images [N, H, W, C] in
            [-1, 1] of its piano rolls; the same seeds each time show one piece
            growing.
        every_epochs: epochs between two files.
    """

    def __init__(
        self,
        directory: str | os.PathLike,
        draw: Callable[[Any], tuple[bytes, Sequence[tf.Tensor]]],
        *,
        every_epochs: int = 1,
    ) -> None:
        super().__init__()
        self.directory = pathlib.Path(directory)
        self._draw = draw
        self._every_epochs = every_epochs

    def on_epoch_end(self, epoch: int, logs=None) -> None:
        if (epoch + 1) % self._every_epochs:
            return
        content, images = self._draw(self.model)
        path = self.directory / f"epoch-{epoch + 1:04d}.mid"
        with artifacts.atomic_file(path, seal=False) as temporary:
            temporary.write_bytes(content)
        sample_sheet.write_sheet(images, path.with_suffix(".png"), 1)
