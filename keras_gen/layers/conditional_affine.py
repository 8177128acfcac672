"""Scale and shift of feature maps by a class, or by a mixture of classes.

Behind a normalization without scale and shift of its own it makes conditional
batch (or instance) normalization: each class has a gamma and a beta.

Reference: Dumoulin et al. 2016, arXiv 1610.07629, Eq. 5; de Vries et al. 2017,
arXiv 1707.00683, section 3.2.
"""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_gen")
class ConditionalAffine(keras.layers.Layer):
    """gamma[label] * maps + beta[label], of each channel.

    Args:
        num_classes: V.
        gamma_initializer: of the scales; those of the shifts are 0.
        **options: of `keras.layers.Layer`.
    """

    def __init__(
        self,
        num_classes: int,
        gamma_initializer: Any = "ones",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.num_classes = num_classes
        self.gamma_initializer = keras.initializers.get(gamma_initializer)

    def build(self, input_shape) -> None:
        shape = (self.num_classes, input_shape[0][-1])
        self.gamma = self.add_weight(
            shape=shape, initializer=self.gamma_initializer, name="gamma"
        )
        self.beta = self.add_weight(
            shape=shape, initializer="zeros", name="beta"
        )

    def call(self, inputs: list) -> Any:
        """Maps, and labels [B] int32 or shares [B, V], to maps [B, h, w, C]."""
        maps, labels = inputs
        gamma, beta = (
            self._chosen(each, labels)[:, None, None, :]
            for each in (self.gamma, self.beta)
        )
        return gamma * maps + beta

    def _chosen(self, table: Any, labels: Any) -> Any:
        """[B, C] of a table [V, C]."""
        if len(labels.shape) == 1:
            return ops.take(table, labels, axis=0)
        return ops.matmul(labels, table)

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self) -> dict[str, Any]:
        write = keras.initializers.serialize
        own = {
            "num_classes": self.num_classes,
            "gamma_initializer": write(self.gamma_initializer),
        }
        return super().get_config() | own
