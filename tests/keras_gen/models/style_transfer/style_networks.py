"""Small networks and images for tests of style transfer."""

import keras
import numpy as np

from keras_gen import networks

WIDTHS = (8, 8, 8, 8, 8)


def image(height: int = 20, width: int = 24, seed: int = 0) -> np.ndarray:
    """[1, height, width, 3] float32 in [-1, 1]."""
    random = np.random.default_rng(seed)
    return random.uniform(-1, 1, (1, height, width, 3)).astype(np.float32)


def vgg(layers: list[str], **options) -> keras.Model:
    """A narrow VGG-19 of random weights, equal in each call."""
    keras.utils.set_random_seed(0)
    return networks.vgg19(layers, widths=WIDTHS, **options)
