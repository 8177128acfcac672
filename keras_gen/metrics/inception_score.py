"""Inception score: classes are certain for each image, and even over all.

    IS = exp(E_x[KL(p(y | x) || p(y))])

1 is worst, the number of classes best. It sees no real images: a generator that
gives one perfect picture of each class has the best score.

Reference: Salimans et al. 2016, arXiv 1606.03498, section 4.
"""

from typing import Any

import numpy as np

from keras_gen.metrics import feature_metric


class InceptionScore(feature_metric.FeatureMetric):
    """Mean and standard deviation of the score over splits.

    Args:
        features: names the classifier in the protocol.
        num_splits: equal parts, in the order in which the images came; what is
            left over joins the last one.
        from_logits: whether rows are logits; else they are probabilities.
        name: of the metric.

    Reference: Salimans et al. 2016, arXiv 1606.03498, section 4.
    """

    def __init__(
        self,
        features: str = "unnamed",
        *,
        num_splits: int = 10,
        from_logits: bool = True,
        name: str = "inception_score",
    ) -> None:
        super().__init__(features, name)
        self._from_logits = from_logits
        self._sets = {"generated": feature_metric.Rows()}
        self._options = {"num_splits": num_splits}

    def update_state(self, generated: Any) -> None:
        """Adds logits, or probabilities, [B, V] of generated images.

        Raises:
            ValueError: another shape, numbers that are not finite, or rows
                that are no probabilities.
        """
        if not self._from_logits:
            _check_probabilities(np.asarray(generated))
        self._add(generated=generated)

    def result(self) -> dict[str, float]:
        """The mean over splits, and the standard deviation between them.

        Raises:
            ValueError: fewer images than splits.
        """
        num_splits = self._options["num_splits"]
        why = "each of the num_splits needs one"
        self._need(num_splits, "generated", why=why)
        rows = self._sets["generated"].all.astype(np.float64)
        log_p = _log_softmax(rows) if self._from_logits else _safe_log(rows)
        size = len(rows) // num_splits
        bounds = [i * size for i in range(1, num_splits)]
        scores = [_score(each) for each in np.split(log_p, bounds)]
        return {
            self.name: float(np.mean(scores)),
            f"{self.name}_deviation": float(np.std(scores)),
        }


def _score(log_p: np.ndarray) -> float:
    p = np.exp(log_p)
    log_marginal = _safe_log(p.mean(axis=0))
    divergence = (p * (log_p - log_marginal)).sum(axis=1)  # [B], nats
    return np.exp(divergence.mean())


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _safe_log(p: np.ndarray) -> np.ndarray:
    """log(p), finite at p = 0, where it is multiplied by that 0."""
    return np.log(np.maximum(p, np.finfo(np.float64).tiny))


def _check_probabilities(p: np.ndarray) -> None:
    if p.min() < 0 or not np.allclose(p.sum(axis=-1), 1.0, atol=1e-3):
        raise ValueError(
            "`generated` must be probabilities that sum to 1 in each row. "
            f"Received rows from {p.min():.3g} to {p.max():.3g}. Give "
            "from_logits=True for logits."
        )
