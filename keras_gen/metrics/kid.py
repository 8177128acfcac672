"""Kernel distance of two sets of features; KID with those of Inception.

    k(x, y) = (x . y / D + 1)^3
    MMD^2 = E[k(x, x')] + E[k(y, y')] - 2 E[k(x, y)]

over pairs of different rows: its expectation does not depend on how many images
there are, so unlike FID it compares across counts, and it may be negative. 0 is
best.

Reference: Binkowski et al. 2018, arXiv 1801.01401, section 4.
"""

from typing import Any

import numpy as np

from keras_gen.metrics import feature_metric


class KID(feature_metric.FeatureMetric):
    """Mean of the unbiased MMD^2 over random subsets.

    Args:
        features: names the feature network in the protocol.
        subset_size: rows of each set in a subset.
        num_subsets: how many.
        seed: of the subsets.
        name: of the metric.

    Reference: Binkowski et al. 2018, arXiv 1801.01401, section 4.
    """

    def __init__(
        self,
        features: str = "unnamed",
        *,
        subset_size: int = 1000,
        num_subsets: int = 100,
        seed: int = 0,
        name: str = "kid",
    ) -> None:
        super().__init__(features, name)
        for key, value in (
            ("subset_size", subset_size),
            ("num_subsets", num_subsets),
        ):
            if value < 2:
                raise ValueError(
                    f"`{key}` must be 2 or more. Received {value}. For one "
                    "value over all rows call `kid.squared_mmd`."
                )
        self._sets = {
            "real": feature_metric.Rows(),
            "generated": feature_metric.Rows(),
        }
        self._options = {
            "subset_size": subset_size,
            "num_subsets": num_subsets,
            "seed": seed,
        }

    def update_state(self, real: Any = None, generated: Any = None) -> None:
        """Adds features [B, D] of real images, of generated ones, or of both.

        Raises:
            ValueError: another shape, or numbers that are not finite.
        """
        self._add(real=real, generated=generated)

    def result(self) -> dict[str, float]:
        """`kid`, and the standard error of that mean over subsets.

        Raises:
            ValueError: a set is smaller than a subset.
        """
        size, count, seed = self._options.values()
        why = "subset_size asks for so many different ones"
        self._need(size, "real", "generated", why=why)
        real = self._sets["real"].all.astype(np.float64)
        generated = self._sets["generated"].all.astype(np.float64)
        random = np.random.default_rng(seed)
        values = [
            squared_mmd(
                real[random.choice(len(real), size, replace=False)],
                generated[random.choice(len(generated), size, replace=False)],
            )
            for _ in range(count)
        ]
        return {
            self.name: float(np.mean(values)),
            f"{self.name}_standard_error": float(
                np.std(values, ddof=1) / np.sqrt(count)
            ),
        }


def squared_mmd(x: np.ndarray, y: np.ndarray) -> float:
    """Unbiased squared maximum mean discrepancy, cubic polynomial kernel.

    Args:
        x: [N, D].
        y: [M, D].

    Reference: Gretton et al. 2012, Eq. 3; Binkowski et al. 2018, section 4.
    """
    return float(
        _mean_of_pairs(x) + _mean_of_pairs(y) - 2.0 * _kernel(x, y).mean()
    )


def _mean_of_pairs(x: np.ndarray) -> float:
    """E[k(x, x')] over pairs of different rows."""
    kernel = _kernel(x, x)
    return (kernel.sum() - np.trace(kernel)) / (len(x) * (len(x) - 1))


def _kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(x . y / D + 1)^3, [N, M]."""
    inner = x @ y.T / x.shape[1] + 1.0
    return inner * inner * inner
