"""After every epoch: the scale of latent maps, and reconstructions."""

import pathlib

import keras
import numpy as np

from keras_gen import callbacks


class AutoencoderSheet(keras.callbacks.Callback):
    """After every epoch measures `scale`, and shows reconstructions.

    Writes `reconstruct-0001.png`, ...: images beside what became of them. It
    stands before the callbacks that save, so that a checkpoint has the scale
    of its own weights.

    Args:
        directory: for the sheets.
        images: [N, H, W, C] float32 in [-1, 1], from which `scale` is measured.
        num: of them are shown.
        every_epochs: epochs between two sheets; 0 for none.
    """

    def __init__(
        self,
        directory: pathlib.Path,
        images: np.ndarray,
        *,
        num: int = 32,
        every_epochs: int = 1,
    ) -> None:
        super().__init__()
        self._directory = directory
        self._images = images
        self._shown = images[:num]
        self._every_epochs = every_epochs

    def on_epoch_end(self, epoch: int, logs=None) -> None:
        self.model.adapt_scale(self._images)
        if not self._every_epochs or (epoch + 1) % self._every_epochs:
            return
        rebuilt = np.asarray(self.model.reconstruct(self._shown))
        pairs = np.stack([self._shown, rebuilt], axis=1)
        pairs = pairs.reshape(-1, *pairs.shape[2:])
        path = self._directory / f"reconstruct-{epoch + 1:04d}.png"
        callbacks.write_sheet(pairs, path, min(16, len(pairs)))
