"""FeatureMetric: what all metrics over sets of feature vectors share."""

from typing import Any, Self

import keras
import numpy as np


class Rows:
    """Features of one set, all kept."""

    def __init__(self) -> None:
        self._chunks = []

    def __len__(self) -> int:
        return sum(map(len, self._chunks))

    @property
    def all(self) -> np.ndarray:
        """[N, D], in the order in which they came."""
        if len(self._chunks) > 1:
            self._chunks = [np.concatenate(self._chunks)]
        return self._chunks[0]

    def add(self, rows: np.ndarray) -> None:
        """Adds rows [B, D]."""
        self._chunks.append(rows)

    def merge(self, other: Self) -> None:
        """Adds all rows of another."""
        self._chunks.extend(other._chunks)

    def reset(self) -> None:
        """Forgets all rows."""
        self._chunks = []


class FeatureMetric(keras.metrics.Metric):
    """Named sets of feature vectors, and the protocol of what they gave.

    A subclass fills `_sets` with {name: Rows or Moments} and `_options` with
    what else its value depends on. The arithmetic is NumPy's, in float64: call
    it outside of `tf.function`.

    Args:
        features: names the feature network in the protocol.
        name: of the metric.
    """

    def __init__(self, features: str, name: str) -> None:
        super().__init__(name=name)
        self.features = features
        self._sets = {}
        self._options = {}
        self._size = None

    def merge_state(self, metrics: list[Self]) -> None:
        """Adds what other metrics have seen.

        Raises:
            ValueError: they have seen features of another network.
        """
        for each in metrics:
            if each.features != self.features:
                raise ValueError(
                    "`metrics` must share one feature network, "
                    f"{self.features!r}. Received {each.features!r}. Merge "
                    "only metrics that were built alike."
                )
            for name, mine in self._sets.items():
                mine.merge(each._sets[name])

    def reset_state(self) -> None:
        """Forgets all sets."""
        for each in self._sets.values():
            each.reset()

    def reset_generated(self) -> None:
        """Forgets the generated images and keeps what they are held against."""
        self._sets["generated"].reset()

    def protocol(self) -> dict[str, Any]:
        """What must stand beside the value: network, counts and options."""
        counts = {f"num_{key}": len(each) for key, each in self._sets.items()}
        start = {"metric": type(self).__name__, "features": self.features}
        return start | counts | self._options

    def _add(self, **sets: Any) -> None:
        """Checks and adds {set: rows [B, D] or None}."""
        for name, features in sets.items():
            if features is not None:
                self._sets[name].add(self._checked(features, name))

    def _checked(self, features: Any, name: str) -> np.ndarray:
        if isinstance(features, dict):
            raise ValueError(
                f"`{name}` must be one array of features [B, D]. Received a "
                f"dictionary of layers: {', '.join(features)}. Choose one."
            )
        features = np.asarray(features)
        size = self._size or "D"
        if features.ndim != 2 or size not in ("D", features.shape[1]):
            raise ValueError(
                f"`{name}` must have shape [B, {size}]. Received shape "
                f"{list(features.shape)}. Flatten images, pool maps over "
                "height and width, and take every set from one network."
            )
        if not np.isfinite(features).all():
            raise ValueError(
                f"`{name}` must be finite. Received NaN or infinity: look at "
                "the images, the model may have diverged."
            )
        self._size = features.shape[1]
        return features

    def _need(self, count: int, *names: str, why: str) -> None:
        """Raises ValueError unless the sets have `count` rows or more."""
        for name in names:
            found = len(self._sets[name])
            if found < count:
                raise ValueError(
                    f"`{name}` must hold {count:,} rows or more: {why}. "
                    f"Received {found:,}. Give more to `update_state`."
                )


def describe(protocol: dict[str, Any]) -> str:
    """A protocol as one line of text."""
    parts = [f"{key}={value}" for key, value in protocol.items()]
    return ", ".join(parts[1:]) if protocol else ""
