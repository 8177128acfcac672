"""How much the images of a batch differ, as one more number of each.

A generator that always draws the same is told by it at once. In training the
number is that of the batch; afterwards it is the moving average of training, so
that what is said of an image does not depend on its batch mates. Replicas share
the number of their global batch.

Differs from the paper: the average; its discriminator is not asked afterwards.

Reference: Karras et al. 2017, arXiv 1710.10196, section 3; after the batch
discrimination of Salimans et al. 2016, arXiv 1606.03498, section 3.2.
"""

from typing import Any

import keras
from keras import ops

from keras_gen.layers import replicas

_EPSILON = 1e-8


@keras.saving.register_keras_serializable("keras_gen")
class MinibatchDeviation(keras.layers.Layer):
    """Joins the mean standard deviation over the batch to features [B, D].

    Args:
        momentum: of the moving average.
        **options: of `keras.layers.Layer`.
    """

    synchronized = True  # Like Keras' normalizations: asks other replicas.

    def __init__(self, momentum: float = 0.9, **options: Any) -> None:
        super().__init__(**options)
        self.momentum = momentum

    def build(self, input_shape) -> None:
        self.average = self.add_weight(
            shape=(),
            initializer="zeros",
            trainable=False,
            aggregation="mean",
            name="average",
        )

    def call(self, features, training=None):
        """[B, D] -> [B, D + 1]."""
        if training:
            variance = ops.moments(
                ops.cast(features, "float32"),
                axes=[0],
                synchronized=replicas.num_replicas() > 1,
            )[1]
            deviation = ops.mean(ops.sqrt(variance + _EPSILON))
            old = ops.cast(self.average, "float32")
            step = (deviation - old) * (1.0 - self.momentum)
            self.average.assign(old + step)
        else:
            deviation = self.average
        deviation = ops.cast(deviation, features.dtype)
        column = ops.zeros_like(features[:, :1]) + deviation
        return ops.concatenate([features, column], axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-1] + 1)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"momentum": self.momentum}
