"""SiLU, whose gradient keeps what the forward pass has found.

    y = x s(x),    dy/dx = s + y (1 - s),    s the sigmoid

TensorFlow's own finds the sigmoid again, which is the dear part on a CPU.

Reference: Hendrycks and Gimpel 2016, arXiv 1606.08415, section 2.
"""

from typing import Any

import keras
from keras import ops

from keras_gen.ops import custom_gradient


@keras.saving.register_keras_serializable("keras_gen")
@custom_gradient.custom_gradient
def silu(x: Any) -> Any:
    """An activation: any shape -> the same."""
    rate = ops.sigmoid(x)
    y = x * rate

    def gradient(upstream):
        return upstream * (rate + y * (1.0 - rate))

    return y, gradient
