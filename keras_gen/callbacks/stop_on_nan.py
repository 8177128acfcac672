"""Stops a run whose loss is no longer a number, and says what to try."""

import math
import pathlib

import keras


class StopOnNaN(keras.callbacks.Callback):
    """Raises FloatingPointError when a loss is NaN or infinite.

    Put it before `Checkpoint` in the list: then no checkpoint of the broken
    state is written.

    Args:
        checkpoints: directory that the message names, or None.
    """

    def __init__(self, checkpoints: pathlib.Path | None = None) -> None:
        super().__init__()
        self._checkpoints = checkpoints
        self._good_step = 0

    def on_train_begin(self, logs=None) -> None:
        self._good_step = int(self.model.step.numpy())

    def on_train_batch_end(self, batch: int, logs=None) -> None:
        step = int(self.model.step.numpy())
        for name, value in (logs or {}).items():
            if not math.isfinite(float(value)):
                raise FloatingPointError(self._message(name, value, step))
        self._good_step = step

    def _message(self, name: str, value: float, step: int) -> str:
        first = self._good_step + 1
        where = f"step {step}" if first == step else f"steps {first} to {step}"
        kept = ""
        if self._checkpoints is not None:
            kept = f" The last good checkpoint is kept in {self._checkpoints}."
        return (
            f"`{name}` became {float(value)} at {where}; training stopped."
            f"{kept} Try a lower learning rate, gradient clipping (clip_norm), "
            "float32 precision, or a look at the data of these steps."
        )
