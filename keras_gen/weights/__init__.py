"""Networks with weights from the files of others, which the user provides."""

from keras_gen.weights.inception import (
    fid_inception,
    fid_network,
    resize_centers,
    resize_corners,
    small_inception,
)

__all__ = [
    "fid_inception",
    "fid_network",
    "resize_centers",
    "resize_corners",
    "small_inception",
]
