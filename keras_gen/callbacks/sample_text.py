"""Texts of the same seeds after every few epochs."""

import os
import pathlib
from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from keras_gen import artifacts

_RULE = "\n" + 72 * "-" + "\n"


class SampleText(keras.callbacks.Callback):
    """Writes `epoch-0001.txt`, ... with what the model writes.

    Args:
        directory: for the files.
        draw: model to texts; the same seeds each time show one text growing.
        every_epochs: epochs between two files.
        tensorboard: log directory for the texts too, or None.
    """

    def __init__(
        self,
        directory: str | os.PathLike,
        draw: Callable[[Any], Sequence[str]],
        *,
        every_epochs: int = 1,
        tensorboard: str | os.PathLike | None = None,
    ) -> None:
        super().__init__()
        self.directory = pathlib.Path(directory)
        self._draw = draw
        self._every_epochs = every_epochs
        self._writer = None
        if tensorboard is not None:
            self._writer = tf.summary.create_file_writer(str(tensorboard))

    def on_epoch_end(self, epoch: int, logs=None) -> None:
        if (epoch + 1) % self._every_epochs:
            return
        found = _RULE.join(self._draw(self.model))
        path = self.directory / f"epoch-{epoch + 1:04d}.txt"
        with artifacts.atomic_file(path, seal=False) as temporary:
            temporary.write_text(found + "\n", encoding="utf-8")
        if self._writer is not None:
            with self._writer.as_default(step=int(self.model.step.numpy())):
                tf.summary.text("samples", f"```\n{found}\n```")
