"""Models that draw something without having been trained."""

import numpy as np

import keras_gen


def stirred(
    model: keras_gen.Diffusion | keras_gen.LatentDiffusion,
) -> keras_gen.Diffusion | keras_gen.LatentDiffusion:
    """The model with noise on all weights.

    What a new network says is zero, whatever it is asked. To train it takes a
    hundred times as long.
    """
    random = np.random.default_rng(1)
    for each in model.weights:
        if each.dtype == "float32":
            each.assign(each + random.normal(0.0, 0.1, each.shape))
    return model
