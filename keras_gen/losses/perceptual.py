"""How different two images look: LPIPS, a distance of features.

    d(x, y) = sum over layers l of
              mean over positions of  sum_c w_lc (f_lc(x) - f_lc(y))^2

with the features f of a network, which at each position are divided by their
norm over the channels, and weights w >= 0 that were fitted to the judgement of
people: a head for each layer.

The network is any FeatureFn; `weights.lpips_alexnet` reads the published one.

Reference: Zhang et al. 2018, arXiv 1801.03924, Eq. 1.
"""

from collections.abc import Callable, Mapping
from typing import Any

from keras import ops

from keras_gen import protocols

# Added to squared norms: keeps the slope finite where all features are 0.
_TINY = 1e-20


def lpips(
    features: protocols.FeatureFn, heads: Mapping[str, Any]
) -> Callable[[Any, Any], Any]:
    """The distance of a network and its heads.

    Args:
        features: images -> {layer: [B, h, w, c]}; it may return more layers
            than there are heads.
        heads: {layer: weights [c]}, the layers that count.

    Returns:
        (images [B, H, W, C], others [B, H, W, C]) -> distances [B], without
        unit, 0 for equal images. Only what has a gradient is differentiated:
        a loss gives the images of the model second.

    Raises:
        ValueError: there are no heads; or, in a call, the network lacks a
            layer that has a head, or returns it with other channels.

    Reference: Zhang et al. 2018, arXiv 1801.03924, Eq. 1.
    """
    if not heads:
        raise ValueError(
            "`heads` must name at least one layer. Received none: give "
            "{layer: weights [c]} of the network's layers."
        )

    def distance(images: Any, others: Any) -> Any:
        found, other = features(images), features(others)
        _check(found, heads)
        return sum(
            _of_layer(found[layer], other[layer], head)
            for layer, head in heads.items()
        )

    return distance


def _of_layer(first: Any, second: Any, head: Any) -> Any:
    """[B] of features [B, h, w, c] and a head [c]."""
    difference = ops.square(_normalized(first) - _normalized(second))
    weighed = ops.sum(difference * ops.cast(head, difference.dtype), axis=-1)
    return ops.mean(weighed, axis=(1, 2))


def _normalized(features: Any) -> Any:
    """Each position's vector divided by its length."""
    features = ops.cast(features, "float32")
    square = ops.sum(ops.square(features), axis=-1, keepdims=True)
    return features * ops.rsqrt(square + _TINY)


def _check(found: Mapping[str, Any], heads: Mapping[str, Any]) -> None:
    missing = sorted(set(heads) - set(found))
    if missing:
        raise ValueError(
            f"`features` must return the layers {', '.join(heads)}, which have "
            f"heads. Received a network that returns {', '.join(found)}: "
            "give the network that the heads belong to."
        )
    for layer, head in heads.items():
        shape = tuple(found[layer].shape)
        if len(shape) != 4 or (shape[-1],) != tuple(head.shape):
            raise ValueError(
                f"`heads` must have a weight for each channel of layer {layer}."
                f" Received {list(head.shape)} weights for features of shape "
                f"{list(shape)}: give the heads of this network."
            )
