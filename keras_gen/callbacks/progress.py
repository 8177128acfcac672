"""A progress bar over the whole run, with examples per second."""

import sys

import keras
import tqdm


class Progress(keras.callbacks.Callback):
    """Steps done, loss, steps/s, examples/s and the time left.

    On a terminal a bar that moves; in a log file a line every ten seconds.

    Args:
        total_steps: of the whole run.
        batch_size: examples in the global batch.
        unit: what an example is.
    """

    def __init__(
        self, total_steps: int, batch_size: int, unit: str = "image"
    ) -> None:
        super().__init__()
        self._total_steps = total_steps
        self._batch_size = batch_size
        self._unit = unit
        self._bar = None

    def on_train_begin(self, logs=None) -> None:
        if self._bar is None:
            self._bar = tqdm.tqdm(
                total=self._total_steps,
                initial=int(self.model.step.numpy()),
                unit="step",
                dynamic_ncols=True,
                mininterval=0.2 if sys.stderr.isatty() else 10.0,
            )

    def on_train_batch_end(self, batch: int, logs=None) -> None:
        self._bar.update(int(self.model.step.numpy()) - self._bar.n)
        done = self._bar.n - self._bar.initial
        rate = done / max(self._bar.format_dict["elapsed"], 1e-9)
        self._bar.set_postfix_str(
            f"loss {float(logs['loss']):.2f}, "
            f"{rate * self._batch_size:,.0f} {self._unit}s/s",
            refresh=False,
        )

    def close(self) -> None:
        """Ends the bar's line."""
        if self._bar is not None:
            self._bar.close()
