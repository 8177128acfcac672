"""The best model so far, and an end where none better comes."""

import json
import os
import pathlib

import keras
import numpy as np

from keras_gen import artifacts


class KeepBest(keras.callbacks.Callback):
    """Writes the model whenever an epoch's figure is the least so far.

    What is the best stands beside it, so that a resumed run goes on with it.

    Args:
        path: of the model, which ends in .keras.
        monitor: name of the figure in the logs.
        patience: epochs without a better one after which training ends; 0 goes
            on.
    """

    def __init__(
        self,
        path: str | os.PathLike,
        monitor: str = "val_loss",
        *,
        patience: int = 0,
    ) -> None:
        super().__init__()
        self.path = pathlib.Path(path)
        self.record = self.path.with_suffix(".json")
        self.monitor = monitor
        self.patience = patience
        self.best = np.inf
        self.best_epoch = -1

    def on_train_begin(self, logs=None) -> None:
        if self.record.exists():
            found = json.loads(self.record.read_text())
            self.best, self.best_epoch = found["best"], found["epoch"] - 1

    def on_epoch_end(self, epoch: int, logs=None) -> None:
        value = (logs or {}).get(self.monitor)
        if value is None:
            return  # Of an epoch that was not evaluated.
        if value < self.best:
            self.best, self.best_epoch = float(value), epoch
            self.model.save(self.path)
            found = {
                "monitor": self.monitor,
                "best": self.best,
                "epoch": epoch + 1,
            }
            with artifacts.atomic_file(self.record, seal=False) as temporary:
                temporary.write_text(json.dumps(found) + "\n")
        elif self.patience and epoch - self.best_epoch >= self.patience:
            self.model.stop_training = True
