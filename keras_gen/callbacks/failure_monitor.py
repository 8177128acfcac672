"""Says early that a GAN is failing, and what it saw.

Hack 10 of "How to Train a GAN?" (docs/gan_hacks.md): a discriminator whose loss
is near 0 teaches nothing; a generator whose loss falls and falls has found
garbage that fools it; losses should not jump about; and samples that are all
alike are a collapse, whatever the losses say.

It changes nothing: not even the balance of the two (hack 11).
"""

import collections

import keras
import numpy as np
from absl import logging


class FailureMonitor(keras.callbacks.Callback):
    """Warns once for each kind of failure, with the numbers.

    Args:
        window: epochs that trends are taken from; samples are looked at from
            the last of them on.
        low_loss: a discriminator's loss below it teaches nothing.
        low_diversity: samples whose mean distance from each other is below
            this share of that of real images are called a collapse.
        num: samples that are compared.
        real: images [N, H, W, C] for that comparison, or None for none.

    Attributes:
        seen: {kind: message} of what was found.
    """

    def __init__(
        self,
        *,
        window: int = 5,
        low_loss: float = 0.05,
        low_diversity: float = 0.3,
        num: int = 64,
        real: np.ndarray | None = None,
    ) -> None:
        super().__init__()
        self.seen: dict[str, str] = {}
        self._low_loss = low_loss
        self._low_diversity = low_diversity
        self._num = num
        self._real = None if real is None else _diversity(real[:num])
        self._losses = collections.deque(maxlen=window)

    def on_epoch_end(self, epoch: int, logs=None) -> None:
        self._losses.append(
            (logs["discriminator_loss"], logs["generator_loss"])
        )
        of_discriminator, of_generator = np.transpose(self._losses)
        if np.median(of_discriminator) < self._low_loss:
            self._warn(
                "starved",
                epoch,
                f"the loss of the discriminator is {of_discriminator[-1]:.3f}, "
                "near 0: it teaches the generator nothing. Try instance_noise, "
                "r1_weight, or a smaller discriminator.",
            )
        if len(self._losses) == self._losses.maxlen:
            self._look_at_trends(epoch, of_discriminator, of_generator)
            if self._real:  # Samples are all alike at first, and that is well.
                self._look_at_samples(epoch)

    def _look_at_trends(self, epoch, of_discriminator, of_generator) -> None:
        falls = np.diff(of_generator) < 0
        if falls.all() and of_generator[-1] < 0.5 * of_generator[0]:
            self._warn(
                "fooled",
                epoch,
                f"the loss of the generator fell from {of_generator[0]:.3f} to "
                f"{of_generator[-1]:.3f} in {len(of_generator)} epochs without "
                "a rise: it may fool the discriminator with garbage. Look at "
                "the samples.",
            )
        spread, mean = np.std(of_discriminator), np.mean(of_discriminator)
        if spread > 0.5 * abs(mean):
            self._warn(
                "restless",
                epoch,
                f"the loss of the discriminator jumps: {mean:.3f} +- "
                f"{spread:.3f} over {len(of_discriminator)} epochs. Try a "
                "lower learning rate.",
            )

    def _look_at_samples(self, epoch) -> None:
        found = _diversity(np.asarray(self.model.generate(self._num)))
        if found < self._low_diversity * self._real:
            self._warn(
                "collapsed",
                epoch,
                f"samples differ by {found:.3f} on average, real images by "
                f"{self._real:.3f}: the generator has collapsed. Try "
                "r1_weight, another loss, or an earlier checkpoint.",
            )

    def _warn(self, kind: str, epoch: int, message: str) -> None:
        if kind not in self.seen:
            self.seen[kind] = f"Epoch {epoch + 1}: {message}"
            logging.warning("%s", self.seen[kind])


def _diversity(images: np.ndarray) -> float:
    """Root of the mean squared difference between two images."""
    return float(np.sqrt(2 * np.mean(np.var(images, axis=0))))
