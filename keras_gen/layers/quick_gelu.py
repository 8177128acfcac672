"""The GELU of CLIP: a sigmoid in place of the normal distribution.

    quick_gelu(x) = x sigmoid(1.702 x)

It differs from the exact one by up to 0.02: weights trained with one do not fit
the other.

Reference: Hendrycks and Gimpel 2016, arXiv 1606.08415, section 2; Radford et
al. 2021, arXiv 2103.00020.
"""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_gen")
def quick_gelu(x: Any) -> Any:
    """An activation: any shape -> the same."""
    return x * ops.sigmoid(1.702 * x)
