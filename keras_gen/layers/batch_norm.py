"""Batch normalization by the fused kernel, where there is one.

    y = gamma (x - mean) / sqrt(variance + epsilon) + beta

with mean and variance of the batch in training, and moving averages after it.
Keras computes this from a dozen operations; TensorFlow has one kernel, which
on CPU takes a third of the time forward and backward. Replicas need the mean
over all of them, other backends have no such kernel: there it is Keras' own.

Reference: Ioffe and Szegedy 2015, arXiv 1502.03167, Algorithm 1.
"""

from typing import Any

import keras
from keras import ops

from keras_gen.layers import replicas


@keras.saving.register_keras_serializable("keras_gen")
class BatchNorm(keras.layers.BatchNormalization):
    """As `keras.layers.BatchNormalization`, over the last axis of images.

    Args:
        **options: of `keras.layers.BatchNormalization`; replicas are
            synchronized unless said otherwise.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"synchronized": True} | options)

    def call(self, inputs, training=None, mask=None):
        fused = training and mask is None and self.trainable
        if not (fused and len(inputs.shape) == 4 and _has_kernel(self.axis)):
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf  # The backend in use.

        size = inputs.shape[-1]
        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            ops.convert_to_tensor(inputs),
            ops.cast(self.gamma, "float32") if self.scale else tf.ones(size),
            ops.cast(self.beta, "float32") if self.center else tf.zeros(size),
            epsilon=self.epsilon,
            is_training=True,
        )
        # The kernel's variance is divided by N - 1, Keras' by N.
        count = ops.cast(ops.size(inputs) // size, "float32")
        variance = variance * (count - 1.0) / count
        self._follow(self.moving_mean, mean)
        self._follow(self.moving_variance, variance)
        return outputs

    def _follow(self, average: keras.Variable, value: Any) -> None:
        old = ops.cast(average, "float32")
        new = old * self.momentum + value * (1.0 - self.momentum)
        average.assign(ops.cast(new, average.dtype))


def _has_kernel(axis: int) -> bool:
    if keras.backend.backend() != "tensorflow" or axis not in (-1, 3):
        return False
    return replicas.num_replicas() == 1
