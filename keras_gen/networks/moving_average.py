"""A second copy of a network, whose weights are a moving average.

    average <- decay average + (1 - decay) network

Samples of the average are better than those of the last weights (Karras et al.
2017, arXiv 1710.10196; Ho et al. 2020, arXiv 2006.11239, Appendix B).
"""

from typing import Any

import keras
from keras import ops


def copy_of(network: keras.Model) -> keras.Model:
    """An equal network that is not trained."""
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    copy.trainable = False
    return copy


def follow(
    average: keras.Model, network: keras.Model, decay: float, num_updates: Any
) -> None:
    """One update of the average.

    Args:
        average: from `copy_of`.
        network: that is trained.
        decay: from 0, which copies, to below 1.
        num_updates: of the network, [] int32. Early on the average forgets
            faster, n / (n + 9) after n updates: the initial weights are no
            average.
    """
    done = ops.cast(num_updates, "float32")
    decay = ops.minimum(decay, done / (done + 9.0))
    rest = 1.0 - decay
    pairs = zip(average.weights, network.weights, strict=True)
    for mean, weight in pairs:
        mean.assign(decay * mean.value + rest * weight.value)
