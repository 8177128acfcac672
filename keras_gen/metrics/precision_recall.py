"""Improved precision and recall: realistic images, and all kinds of them.

A set of features covers the balls around its points that reach to their k-th
nearest neighbours.

    precision = share of generated images that the real ones cover     Eq. 2, 3
    recall    = share of real images that the generated ones cover

1 is best for both. A model that memorises one good picture is precise and
recalls nothing, which FID and KID cannot tell.

Reference: Kynkaanniemi et al. 2019, arXiv 1904.06991.
"""

from typing import Any

import numpy as np

from keras_gen.metrics import feature_metric, pairwise


class PrecisionRecall(feature_metric.FeatureMetric):
    """Precision and recall by k nearest neighbours.

    Args:
        features: names the feature network in the protocol.
        num_neighbors: k.
        name: of the metric.

    Reference: Kynkaanniemi et al. 2019, arXiv 1904.06991, Algorithm 1.
    """

    def __init__(
        self,
        features: str = "unnamed",
        *,
        num_neighbors: int = 3,
        name: str = "precision_recall",
    ) -> None:
        super().__init__(features, name)
        if num_neighbors < 1:
            raise ValueError(
                f"`num_neighbors` must be 1 or more. Received {num_neighbors}."
                " The paper has 3."
            )
        self._sets = {
            "real": feature_metric.Rows(),
            "generated": feature_metric.Rows(),
        }
        self._options = {"num_neighbors": num_neighbors}

    def update_state(self, real: Any = None, generated: Any = None) -> None:
        """Adds features [B, D] of real images, of generated ones, or of both.

        Raises:
            ValueError: another shape, or numbers that are not finite.
        """
        self._add(real=real, generated=generated)

    def result(self) -> dict[str, float]:
        """`precision` and `recall`.

        Raises:
            ValueError: a set has no k-th neighbour.
        """
        k = self._options["num_neighbors"]
        why = f"each point needs num_neighbors = {k} others"
        self._need(k + 1, "real", "generated", why=why)
        real, generated = self._sets["real"].all, self._sets["generated"].all
        return {
            "precision": covered_share(generated, real, k),
            "recall": covered_share(real, generated, k),
        }


def covered_share(points: np.ndarray, by: np.ndarray, k: int) -> float:
    """Share of `points` [N, D] within the k-th-neighbour balls of `by` [M, D].

    Reference: Kynkaanniemi et al. 2019, Eq. 1.
    """
    radii = np.empty(len(by))
    for rows, distances in pairwise.squared_distances(by, by):
        # The point itself, at distance 0, comes before its neighbours.
        radii[rows] = np.partition(distances, k, axis=1)[:, k]
    covered = np.empty(len(points), bool)
    for rows, distances in pairwise.squared_distances(points, by):
        covered[rows] = (distances <= radii).any(axis=1)
    return float(covered.mean())
