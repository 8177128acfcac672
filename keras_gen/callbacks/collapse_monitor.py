"""Says that a radiance field shows nothing but its background.

A field whose densities have all gone to 0 renders white, has no gradient to
come back by, and a loss that looks as if it had converged.
"""

import keras
import numpy as np
from absl import logging


class CollapseMonitor(keras.callbacks.Callback):
    """Warns once where a model sees nothing in rays that show something.

    Args:
        rays: [N, 6], some that show the scene.
        least_opacity: of the mean over the rays; less is called a collapse.

    Attributes:
        opacity: of the last look, None before the first.
        collapsed: whether there was one.
    """

    def __init__(self, rays: np.ndarray, *, least_opacity: float = 0.05):
        super().__init__()
        self.opacity: float | None = None
        self.collapsed = False
        self._rays = rays
        self._least = least_opacity

    def on_epoch_end(self, epoch: int, logs=None) -> None:
        found = self.model.run("trace", rays=self._rays)["opacity"]
        self.opacity = float(np.mean(found))
        if self.opacity < self._least and not self.collapsed:
            self.collapsed = True
            logging.warning(
                "Epoch %d: rays that show the scene have an opacity of %.3f: "
                "the field is empty. Begin anew with another seed, a longer "
                "warmup_steps, or precrop_steps; check white_background.",
                epoch + 1,
                self.opacity,
            )
