"""Pictures of the same seeds after every epoch, and a GIF of them all."""

import os
import pathlib
from collections.abc import Callable, Sequence
from typing import Any

import imageio.v3 as imageio
import keras
import numpy as np
import tensorflow as tf

from keras_gen import artifacts
from keras_gen.ops import images as image_ops


class SampleSheet(keras.callbacks.Callback):
    """Writes `epoch-0001.png`, ... with images that the model generates.

    The seeds stay the same, so the sheets show one set of images growing.

    Args:
        directory: for the sheets.
        num: images on a sheet.
        seed: of the first image.
        draw: model to the images [N, H, W, C] of a sheet; its `generate` where
            None.
        every_epochs: epochs between two sheets.
        tensorboard: log directory for the sheets too, or None.
    """

    def __init__(
        self,
        directory: str | os.PathLike,
        *,
        num: int = 64,
        seed: int = 0,
        draw: Callable[[Any], tf.Tensor] | None = None,
        every_epochs: int = 1,
        tensorboard: str | os.PathLike | None = None,
    ) -> None:
        super().__init__()
        self.directory = pathlib.Path(directory)
        self._draw = draw or (lambda model: model.generate(num, seed=seed))
        self._every_epochs = every_epochs
        self._writer = None
        if tensorboard is not None:
            self._writer = tf.summary.create_file_writer(str(tensorboard))

    def on_epoch_end(self, epoch: int, logs=None) -> None:
        if (epoch + 1) % self._every_epochs:
            return
        images = self._draw(self.model)
        path = self.directory / f"epoch-{epoch + 1:04d}.png"
        write_sheet(images, path)
        if self._writer is not None:
            with self._writer.as_default(step=int(self.model.step.numpy())):
                sheet = image_ops.to_uint8(image_ops.sheet(images))
                tf.summary.image("samples", sheet[tf.newaxis])

    def on_train_end(self, logs=None) -> None:
        self.write_gif()

    def write_gif(self, max_frames: int = 60) -> pathlib.Path | None:
        """Joins the sheets of all epochs, evenly thinned out.

        Returns:
            The file `samples.gif`, None where there are no sheets.
        """
        sheets = sorted(self.directory.glob("epoch-*.png"))
        if not sheets:
            return None
        stride = -(-len(sheets) // max_frames)
        chosen = sheets[::-1][::stride][::-1]  # The last one stays.
        frames = [imageio.imread(each) for each in chosen]
        path = self.directory / "samples.gif"
        write_gif(frames, path)
        return path


def write_sheet(
    images: tf.Tensor,
    path: str | os.PathLike,
    num_columns: int | None = None,
) -> None:
    """Writes images [B, H, W, C] in [-1, 1] as one PNG sheet."""
    sheet = image_ops.sheet(images, num_columns)
    png = image_ops.encode_png(sheet[tf.newaxis])[0].numpy()
    with artifacts.atomic_file(path, seal=False) as temporary:
        temporary.write_bytes(png)


def write_gif(
    frames: Sequence[np.ndarray], path: str | os.PathLike, hold: int = 1
) -> None:
    """Writes frames, [H, W] or [H, W, 3] uint8, as a GIF without end.

    Args:
        frames: five in a second.
        path: of the file, which ends in .gif.
        hold: how many times the last one is shown.
    """
    frames = [*frames, *frames[-1:] * (hold - 1)]
    with artifacts.atomic_file(path, seal=False) as temporary:
        imageio.imwrite(temporary, frames, duration=200, loop=0)
