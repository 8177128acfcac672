"""Frechet distance of two sets of features; FID with those of Inception.

    FID = |m_r - m_g|^2 + Tr(C_r + C_g - 2 (C_r C_g)^(1/2))               Eq. 6

is the squared Wasserstein-2 distance between two Gaussians that have the means
and covariances of the real and of the generated features. 0 is best.

It falls as the sets grow, so two values compare only with equal counts. The
name FID belongs to the features of one Inception network; the protocol says
which were taken.

Reference: Heusel et al. 2017, arXiv 1706.08500.
"""

from typing import Any

import numpy as np

from keras_gen.metrics import feature_metric, moments


class FID(feature_metric.FeatureMetric):
    """Frechet distance between real and generated features.

    Means and covariances stream in float64, so any number of images fits.

    Args:
        feature_size: D.
        features: names the feature network in the protocol.
        allow_few: whether to give a value for a set of D rows or fewer, whose
            covariance is singular; the protocol says so.
        name: of the metric.

    Reference: Heusel et al. 2017, arXiv 1706.08500, Eq. 6.
    """

    def __init__(
        self,
        feature_size: int,
        features: str = "unnamed",
        *,
        allow_few: bool = False,
        name: str = "fid",
    ) -> None:
        super().__init__(features, name)
        self._size = feature_size
        self._allow_few = allow_few
        for each in ("real", "generated"):
            self._sets[each] = moments.Moments(self, feature_size, each)

    def update_state(self, real: Any = None, generated: Any = None) -> None:
        """Adds features [B, D] of real images, of generated ones, or of both.

        Raises:
            ValueError: another shape, or numbers that are not finite.
        """
        self._add(real=real, generated=generated)

    def result(self) -> float:
        """The distance, 0 or more.

        Raises:
            ValueError: too few rows for a covariance of full rank.
        """
        why = f"with D = {self._size} features, D rows or fewer leave their "
        why += "covariance singular and the distance is mostly bias"
        if self._allow_few:
            self._need(2, "real", "generated", why="a covariance needs two")
        else:
            why += " (allow_few=True gives it all the same)"
            self._need(self._size + 1, "real", "generated", why=why)
        real, generated = self._sets["real"], self._sets["generated"]
        return frechet_distance(
            real.mean, real.covariance, generated.mean, generated.covariance
        )

    def protocol(self) -> dict[str, Any]:
        """With `few` where a covariance is singular."""
        found = super().protocol() | {"feature_size": self._size}
        if min(map(len, self._sets.values())) <= self._size:
            found["few"] = "fewer images than features: a biased value"
        return found


def frechet_distance(
    mean_1: np.ndarray,
    covariance_1: np.ndarray,
    mean_2: np.ndarray,
    covariance_2: np.ndarray,
) -> float:
    """Squared Wasserstein-2 distance of two Gaussians.

    C_1 C_2 is similar to the symmetric C_1^(1/2) C_2 C_1^(1/2), whose
    eigenvalues are real and not negative; the trace of the root is the sum of
    their roots. No root of an asymmetric matrix is taken, which is what gives
    other programs complex numbers.

    Args:
        mean_1: [D].
        covariance_1: [D, D].
        mean_2: [D].
        covariance_2: [D, D].

    Reference: Dowson and Landau 1982; Heusel et al. 2017, Eq. 6.
    """
    values, vectors = np.linalg.eigh(covariance_1)
    # A covariance has no negative eigenvalues; rounding leaves small ones.
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    product = root @ covariance_2 @ root
    values = np.linalg.eigvalsh((product + product.T) / 2.0)
    root_trace = np.sqrt(np.maximum(values, 0.0)).sum()
    difference = mean_1 - mean_2
    trace = np.trace(covariance_1) + np.trace(covariance_2)
    return float(difference @ difference + trace - 2.0 * root_trace)
