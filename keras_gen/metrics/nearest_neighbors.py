"""Does the model copy? The nearest training image of every generated one.

Distances alone say nothing, so held-out real images are the reference: new
images of the same kind, which cannot be copies. A generator that is much nearer
to the training images than these are has memorised.
"""

from typing import Any, NamedTuple

import numpy as np

from keras_gen.metrics import feature_metric, pairwise


class Neighbors(NamedTuple):
    """For each of B images.

    Attributes:
        indices: [B] int64, which training image is nearest.
        distances: [B] float64, Euclidean.
    """

    indices: np.ndarray
    distances: np.ndarray


class NearestNeighbors(feature_metric.FeatureMetric):
    """Distances to the training set, of generated and of held-out images.

    Args:
        features: names the feature network, or "pixels", in the protocol.
        name: of the metric, and start of the names of its values.
    """

    def __init__(self, features: str = "pixels", name: str = "nearest") -> None:
        super().__init__(features, name)
        self._sets = {
            each: feature_metric.Rows()
            for each in ("train", "generated", "held_out")
        }

    def update_state(
        self, train: Any = None, generated: Any = None, held_out: Any = None
    ) -> None:
        """Adds features or flat pixels [B, D] to some of the sets.

        Raises:
            ValueError: another shape, or numbers that are not finite.
        """
        self._add(train=train, generated=generated, held_out=held_out)

    def neighbors(self) -> Neighbors:
        """The nearest training image of each generated one, in order."""
        self._need(1, "train", "generated", why="none may be empty")
        train = self._sets["train"].all
        return nearest(self._sets["generated"].all, train)

    def result(self) -> dict[str, float]:
        """What the distances of both sets say.

        Returns:
            `_generated`, `_held_out`: median distances. `_copies`: share of
            generated images nearer to a training image than 99 % of the
            held-out ones; 0.01 is what new images have.

        Raises:
            ValueError: a set is empty.
        """
        self._need(1, "held_out", why="it is the reference")
        train = self._sets["train"].all
        reference = nearest(self._sets["held_out"].all, train).distances
        found = self.neighbors().distances
        copies = np.mean(found < np.quantile(reference, 0.01))
        return {
            f"{self.name}_generated": float(np.median(found)),
            f"{self.name}_held_out": float(np.median(reference)),
            f"{self.name}_copies": float(copies),
        }


def nearest(x: np.ndarray, train: np.ndarray) -> Neighbors:
    """The nearest row of `train` [N, D] for each row of `x` [B, D]."""
    indices = np.empty(len(x), np.int64)
    distances = np.empty(len(x))
    for rows, squared in pairwise.squared_distances(x, train):
        indices[rows] = squared.argmin(axis=1)
        distances[rows] = np.sqrt(squared.min(axis=1))
    return Neighbors(indices, distances)
