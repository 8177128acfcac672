"""metrics.jsonl: one line of JSON for each epoch, exact across resumes."""

import json
import os
import pathlib
import time

import keras

from keras_gen import artifacts


class MetricsLog(keras.callbacks.Callback):
    """Appends {"epoch", "step", "seconds", metrics} at the end of each epoch.

    `seconds` is time spent training, evaluating and saving, summed over all
    sessions of the run. Its state belongs into the checkpoint (`others`).

    Args:
        path: of the file.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        super().__init__()
        self.path = pathlib.Path(path)
        self._seconds_before = 0.0
        self._start = None

    @property
    def seconds(self) -> float:
        """Time spent so far."""
        if self._start is None:
            return self._seconds_before
        return self._seconds_before + time.monotonic() - self._start

    def rows(self) -> list[dict]:
        """What was logged so far; a line that a kill cut short is left out."""
        if not self.path.exists():
            return []
        rows = []
        for line in self.path.read_text().splitlines():
            try:
                rows.append(json.loads(line))
            except ValueError:
                break
        return rows

    def get_state(self) -> dict:
        return {"seconds": self.seconds}

    def set_state(self, state: dict) -> None:
        self._seconds_before = state["seconds"]

    def on_train_begin(self, logs=None) -> None:
        if self._start is None:
            self._start = time.monotonic()
        # What was logged after the step resumed from will be logged again.
        step = int(self.model.step.numpy())
        kept = [row for row in self.rows() if row["step"] <= step]
        with artifacts.atomic_file(self.path, seal=False) as temporary:
            temporary.write_text("".join(map(_line, kept)))

    def on_epoch_end(self, epoch: int, logs=None) -> None:
        row = {
            "epoch": epoch + 1,
            "step": int(self.model.step.numpy()),
            "seconds": round(self.seconds, 3),
        }
        row |= {name: float(value) for name, value in (logs or {}).items()}
        with open(self.path, "a") as file:
            file.write(_line(row))


def _line(row: dict) -> str:
    return json.dumps(row) + "\n"
