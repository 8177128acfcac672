"""Adam by one operation for each weight.

Keras writes Adam in some forty operations a variable: of a U-Net with 324
variables a training graph gets 13,000 for the update alone, which take longer
to trace than the network, and a step reads and writes every number a dozen
times. TensorFlow has all of it as one operation, ResourceApplyAdam.

Reference: Kingma and Ba 2014, arXiv 1412.6980, algorithm 1.
"""

from typing import Any

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("keras_gen")
class Adam(keras.optimizers.Adam):
    """`keras.optimizers.Adam`: same arguments, slots and updates, less time.

    Weights that are not float32, and `amsgrad`, are updated as by Keras.
    """

    def _backend_update_step(
        self, grads: Any, trainable_variables: Any, learning_rate: Any
    ) -> None:
        """The loop over variables, given what is equal for all of them."""
        step = keras.ops.cast(self.iterations + 1, "float32")
        rates = {
            "lr": tf.cast(learning_rate, tf.float32),
            "beta1_power": tf.pow(self.beta_1, step),
            "beta2_power": tf.pow(self.beta_2, step),
            "beta1": tf.constant(self.beta_1),
            "beta2": tf.constant(self.beta_2),
            "epsilon": tf.constant(self.epsilon),
        }
        if tf.distribute.has_strategy():
            super()._backend_update_step(grads, trainable_variables, rates)
            return
        # The way through the default strategy keeps the graph of every loop
        # that takes it, for as long as the process lives.
        for gradient, variable in zip(grads, trainable_variables, strict=True):
            if isinstance(variable, keras.Variable):
                variable = variable.value
            self.update_step(gradient, variable, rates)

    def update_step(
        self, gradient: Any, variable: Any, learning_rate: Any
    ) -> None:
        """Updates a variable and its slots.

        Args:
            gradient: of the loss, as the variable.
            variable: a tf.Variable of one device.
            learning_rate: arguments of the operation, which hold it.
        """
        if self.amsgrad or variable.dtype != tf.float32:
            super().update_step(gradient, variable, learning_rate["lr"])
            return
        index = self._get_variable_index(variable)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            grad=tf.cast(tf.convert_to_tensor(gradient), tf.float32),
            **learning_rate,
        )


def get(identifier: Any) -> keras.optimizers.Optimizer:
    """An optimizer, or that of a name or config; "adam" is the Adam above.

    Raises:
        ValueError: Keras knows no such optimizer.
    """
    if isinstance(identifier, str) and identifier.lower() == "adam":
        return Adam()
    return keras.optimizers.get(identifier)
