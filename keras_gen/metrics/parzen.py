"""Parzen-window estimate of the log-likelihood of test images.

    log p(x) = log 1/N sum_i N(x; s_i, sigma^2 I)

over N generated images s_i, pixels in [0, 1]; sigma is the one of a grid under
which held-out images are most likely. It is the measure of the first GAN paper
and of nothing since: in many dimensions it says little of the true likelihood
and prefers centres of clusters to real images (Theis et al. 2015). Compare it
with that paper's table only.

Reference: Goodfellow et al. 2014, arXiv 1406.2661, section 5; Breuleux et al.
2011; Theis et al. 2015, arXiv 1511.01844, section 3.2.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_gen.metrics import feature_metric, pairwise

# Ten sizes from a tenth of the range of a pixel to all of it.
SIGMAS = tuple(np.geomspace(0.1, 0.5, 15).tolist())


class ParzenLogLikelihood(feature_metric.FeatureMetric):
    """Mean log-likelihood of test images under a Parzen window, nats.

    Args:
        sigmas: the grid, in units of the range [0, 1] of a pixel.
        name: of the metric.

    Reference: Goodfellow et al. 2014, arXiv 1406.2661, section 5.
    """

    def __init__(
        self, sigmas: Sequence[float] = SIGMAS, name: str = "parzen"
    ) -> None:
        super().__init__("pixels in [0, 1]", name)
        self._sigmas = tuple(sigmas)
        if not self._sigmas or min(self._sigmas) <= 0:
            raise ValueError(
                "`sigmas` must be positive numbers, one or more. Received "
                f"{list(sigmas)}."
            )
        self._sets = {
            each: feature_metric.Rows()
            for each in ("generated", "validation", "test")
        }
        self._options = {
            "sigmas": [round(each, 4) for each in self._sigmas],
        }

    def update_state(
        self, generated: Any = None, validation: Any = None, test: Any = None
    ) -> None:
        """Adds images [B, H, W, C] in [-1, 1], or flat [B, D], to some sets.

        Args:
            generated: centres of the window.
            validation: real images that choose sigma.
            test: real images, others than these, that are measured.

        Raises:
            ValueError: shapes differ, or numbers are not finite.
        """
        self._add(
            generated=_flat(generated),
            validation=_flat(validation),
            test=_flat(test),
        )

    def result(self) -> dict[str, float]:
        """Mean over test images, its standard error, and the sigma chosen.

        Raises:
            ValueError: a set is empty.
        """
        self._need(1, "generated", "validation", why="none may be empty")
        self._need(2, "test", why="a standard error needs two")
        generated = self._sets["generated"].all
        on_validation = parzen_log_likelihood(
            self._sets["validation"].all, generated, self._sigmas
        )
        sigma = self._sigmas[int(on_validation.mean(axis=1).argmax())]
        values = parzen_log_likelihood(
            self._sets["test"].all, generated, (sigma,)
        )[0]
        error = values.std(ddof=1) / math.sqrt(len(values))
        return {
            self.name: float(values.mean()),
            f"{self.name}_standard_error": float(error),
            f"{self.name}_sigma": sigma,
        }


def parzen_log_likelihood(
    x: np.ndarray, samples: np.ndarray, sigmas: Sequence[float]
) -> np.ndarray:
    """log 1/N sum_i N(x; samples_i, sigma^2 I), [sigmas, B] float64, nats.

    Args:
        x: [B, D].
        samples: [N, D].
        sigmas: distances are computed once for all of them.
    """
    count, size = samples.shape
    found = np.empty((len(sigmas), len(x)))
    for rows, distances in pairwise.squared_distances(x, samples):
        nearest = distances.min(axis=1, keepdims=True)
        for i, sigma in enumerate(sigmas):
            scale = -0.5 / sigma**2
            # The nearest sample's term is taken out: no exponent underflows.
            terms = np.exp((distances - nearest) * scale)
            found[i, rows] = nearest[:, 0] * scale + np.log(terms.sum(axis=1))
    width = np.log(2.0 * math.pi * np.square(np.asarray(sigmas)))
    return found - math.log(count) - 0.5 * size * width[:, np.newaxis]


def _flat(images: Any) -> np.ndarray | None:
    """Images in [-1, 1] to [B, D] in [0, 1]."""
    if images is None:
        return None
    images = np.asarray(images, np.float32)
    return (images.reshape(len(images), -1) + 1.0) / 2.0
