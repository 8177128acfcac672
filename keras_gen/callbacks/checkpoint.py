"""Checkpoints that survive a kill at any instant and resume to the step.

A checkpoint is a directory `step-000001234` with every variable of the model
(step count included), of its optimizers (moving averages included) and of its
metrics, and the state of other callbacks. It is written atomically and read
only after its manifest fits. With noise and data that are functions of the
step, that is all there is: a resumed run ends with the very bits of an
uninterrupted one.

    checkpoint = callbacks.Checkpoint("runs/vae/checkpoints")
    step = checkpoint.restore(model)  # 0 where there is none
    model.fit(batches_from(step), callbacks=[checkpoint], ...)
"""

import os
import pathlib
import re
import shutil
import signal
import threading
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from absl import logging

from keras_gen import artifacts, strategies

_STATE = "state.npz"


class Interrupted(SystemExit):
    """SIGTERM came; the state is saved and the same command goes on."""


class Checkpoint(keras.callbacks.Callback):
    """Saves every so many steps, at the end of epochs, and on SIGTERM.

    Args:
        directory: holds the checkpoints; the same for every worker.
        every_steps: updates between two checkpoints within an epoch.
        keep: how many of the last ones stay; two at least, so that there is
            one to fall back to.
        others: callbacks with `get_state() -> dict` and `set_state(dict)`
            whose JSON-ready state is saved too.
    """

    def __init__(
        self,
        directory: str | os.PathLike,
        *,
        every_steps: int = 1000,
        keep: int = 3,
        others: Sequence[keras.callbacks.Callback] = (),
    ) -> None:
        super().__init__()
        if every_steps < 1 or keep < 2:
            raise ValueError(
                "`every_steps` must be at least 1 and `keep` at least 2. "
                f"Received: every_steps={every_steps}, keep={keep}."
            )
        self.directory = pathlib.Path(directory)
        self.every_steps = every_steps
        self.keep = keep
        self.others = others
        self._saved_step = 0
        self._epoch_metrics = None
        self._signalled = False
        self._previous_handler = None

    @property
    def latest(self) -> pathlib.Path | None:
        """The newest checkpoint, None where there is none."""
        return next(iter(self._newest_first()), None)

    def restore(self, model: keras.Model) -> int:
        """Puts the newest whole checkpoint into a compiled model.

        A damaged one is passed over with a warning.

        Returns:
            The step it was written at; 0 where there is none.

        Raises:
            ArtifactError: there are checkpoints and none can be used.
        """
        strategy = model.distribute_strategy
        if strategies.is_chief(strategy) and self.directory.is_dir():
            artifacts.remove_incomplete(self.directory)
        errors = []
        for path in self._newest_first():
            try:
                metadata = artifacts.verify_directory(path)
            except artifacts.ArtifactError as error:
                logging.warning("%s Falling back to an older one.", error)
                errors.append(str(error))
                continue
            with strategy.scope():
                self._assign(model, path, metadata)
            self._saved_step = metadata["step"]
            return self._saved_step
        if errors:
            raise artifacts.ArtifactError(
                f"None of the checkpoints in {self.directory} can be used. "
                "Remove that directory to start anew. " + " ".join(errors)
            )
        return 0

    def save(self) -> None:
        """Writes a checkpoint of this step, unless there is one.

        Raises:
            FloatingPointError: a variable is not finite; nothing is written.
            ArtifactError: the file system refuses.
        """
        step = int(self.model.step.numpy())
        if step == self._saved_step and self.latest:
            return
        arrays = [np.asarray(v) for v in _variables(self.model)]
        metric_values = [np.asarray(v) for v in _metrics(self.model)]
        for variable, array in zip(_variables(self.model), arrays, strict=True):
            if not np.isfinite(array).all():
                raise FloatingPointError(
                    f"{variable.path} is not finite at step {step}; no "
                    f"checkpoint was written and {self.latest} is kept."
                )
        if strategies.is_chief(self.model.distribute_strategy):
            self._write(step, arrays, metric_values)
        self._saved_step = step

    # What Keras calls.

    def on_train_begin(self, logs=None) -> None:
        self._saved_step = int(self.model.step.numpy())
        if threading.current_thread() is threading.main_thread():
            self._previous_handler = signal.signal(
                signal.SIGTERM, self._on_signal
            )

    def on_train_end(self, logs=None) -> None:
        if self._previous_handler is not None:
            signal.signal(signal.SIGTERM, self._previous_handler)
            self._previous_handler = None

    def on_epoch_begin(self, epoch: int, logs=None) -> None:
        # `fit` has just reset the metrics of an epoch that is half done.
        if self._epoch_metrics is not None:
            pairs = zip(_metrics(self.model), self._epoch_metrics, strict=True)
            for variable, value in pairs:
                variable.assign(value)
            self._epoch_metrics = None

    def on_train_batch_end(self, batch: int, logs=None) -> None:
        steps = self.params["steps"]  # None where the data do not say.
        if steps is not None and batch + 1 >= steps:
            return  # Saved once the callbacks of the epoch's end have run.
        step = int(self.model.step.numpy())
        due = step // self.every_steps > self._saved_step // self.every_steps
        if due or self._signalled:
            self.save()
        self._stop_if_signalled()

    def on_epoch_end(self, epoch: int, logs=None) -> None:
        self.model.reset_metrics()
        if self.params["steps"] is None:
            self._saved_step = -1  # If saved, then as the middle of an epoch.
        self.save()
        self._stop_if_signalled()

    def _stop_if_signalled(self) -> None:
        if self._signalled:
            self.on_train_end()
            raise Interrupted(
                f"Stopped by SIGTERM; {self.latest} holds the state. Run the "
                "same command again to go on."
            )

    def _on_signal(self, number: int, frame: Any) -> None:
        self._signalled = True

    def _newest_first(self) -> list[pathlib.Path]:
        if not self.directory.is_dir():
            return []
        names = re.compile(r"step-\d{9}")
        found = [p for p in self.directory.iterdir() if names.fullmatch(p.name)]
        return sorted(found, reverse=True)

    def _write(
        self, step: int, arrays: list[np.ndarray], metrics: list[np.ndarray]
    ) -> None:
        states = [each.get_state() for each in self.others]
        optimizers = _optimizers(self.model)
        metadata = {"step": step, "callbacks": states, "optimizers": optimizers}
        path = self.directory / f"step-{step:09d}"
        if path.exists():  # A damaged one that `restore` passed over.
            shutil.rmtree(path)
        with artifacts.atomic_directory(path, metadata) as temporary:
            named = {f"variable-{i:05d}": a for i, a in enumerate(arrays)}
            named |= {f"metric-{i:05d}": a for i, a in enumerate(metrics)}
            np.savez(temporary / _STATE, **named)
        for old in self._newest_first()[self.keep :]:
            shutil.rmtree(old)

    def _assign(
        self, model: keras.Model, path: pathlib.Path, metadata: dict
    ) -> None:
        own, theirs = _optimizers(model), metadata.get("optimizers")
        if theirs not in (None, own):
            raise artifacts.ArtifactError(
                f"{path} holds the state of the optimizers "
                f"{', '.join(theirs)}. The model is compiled with "
                f"{', '.join(own)}, to which it means something else. Compile "
                "the model with those, or choose another directory."
            )
        with np.load(path / _STATE) as state:
            names = sorted(n for n in state if n.startswith("variable-"))
            arrays = [state[name] for name in names]
            names = sorted(n for n in state if n.startswith("metric-"))
            self._epoch_metrics = [state[name] for name in names]
        variables = _variables(model)
        shapes = [tuple(v.shape) for v in variables]
        if shapes != [array.shape for array in arrays]:
            raise artifacts.ArtifactError(
                f"{path} holds {len(arrays)} variables that do not fit this "
                f"model's {len(shapes)} with its optimizer: it belongs to "
                "another model. Choose another directory."
            )
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)
        for each, values in zip(
            self.others, metadata["callbacks"], strict=True
        ):
            each.set_state(values)


def _optimizers(model: keras.Model) -> list[str]:
    """Their kinds: slots of others may have the same shapes."""
    return [type(each).__name__ for each in model.optimizers]


def _variables(model: keras.Model) -> list[keras.Variable]:
    """Everything an update reads or writes, in a fixed order."""
    skipped = {id(v) for m in model.metrics for v in m.variables}
    variables = [v for v in model.variables if id(v) not in skipped]
    for optimizer in model.optimizers:
        variables.extend(optimizer.variables)
    return variables


def _metrics(model: keras.Model) -> list[keras.Variable]:
    """Totals of the epoch so far; each worker of several has only its own."""
    strategy = model.distribute_strategy
    if isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return []
    return [v for metric in model.metrics for v in metric.variables]
