"""How many latent dimensions a model uses."""

import keras
import numpy as np
import tensorflow as tf


class ActiveUnits(keras.metrics.Metric):
    """Latent dimensions whose posterior mean varies with the image.

    A dimension is active where the variance over images of E_q[z | x] exceeds
    a threshold. Counts, means and squared deviations add up batch by batch
    and merge between metrics (Chan et al. 1979), so nothing is kept.

    Args:
        latent_size: Z.
        threshold: of the variance.
        name: of the metric.

    Reference: Burda et al. 2015, arXiv 1509.00519, section 5.2.
    """

    def __init__(
        self,
        latent_size: int,
        threshold: float = 1e-2,
        name: str = "active_units",
    ) -> None:
        super().__init__(name=name)
        self._threshold = threshold
        self._size = latent_size
        self._count = self.add_variable((), "zeros", name="count")
        self._mean = self.add_variable((latent_size,), "zeros", name="mean")
        self._deviation = self.add_variable(
            (latent_size,), "zeros", name="deviation"
        )

    def update_state(self, latent: tf.Tensor) -> None:
        """Adds posterior means [B, Z]."""
        latent = np.asarray(latent)
        if latent.ndim != 2 or latent.shape[1] != self._size:
            raise ValueError(
                f"`latent` must have shape [B, {self._size}]. Received shape "
                f"{list(latent.shape)}."
            )
        mean = latent.mean(axis=0)
        deviation = np.square(latent - mean).sum(axis=0)
        self._add(float(len(latent)), mean, deviation)

    def merge_state(self, metrics: list["ActiveUnits"]) -> None:
        """Adds what other metrics have seen."""
        for each in metrics:
            count = float(each._count.numpy())
            self._add(count, each._mean.numpy(), each._deviation.numpy())

    def result(self) -> tf.Tensor:
        """Active dimensions, a whole number as float32."""
        variance = self._deviation.value / tf.maximum(self._count.value, 1.0)
        active = variance > self._threshold
        return tf.reduce_sum(tf.cast(active, tf.float32))

    def _add(
        self, count: float, mean: np.ndarray, deviation: np.ndarray
    ) -> None:
        before = float(self._count.numpy())
        total = before + count
        if not total:
            return
        difference = mean - self._mean.numpy()
        self._count.assign(total)
        self._mean.assign_add(difference * (count / total))
        between = np.square(difference) * (before * count / total)
        self._deviation.assign_add(deviation + between)
