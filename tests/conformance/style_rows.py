"""Models that give images a style, in the eyes of a network."""

import keras
import numpy as np

import keras_gen
from keras_gen import networks
from keras_gen.models.style_transfer import (
    adain_style_transfer_config as adain_config,
)
from keras_gen.models.style_transfer import (
    fast_style_transfer_config,
    neural_style_transfer_config,
    objective_config,
)
from tests.conformance import table

_STYLES = np.linspace(-1.0, 1.0, 2 * 18 * 20 * 3, dtype=np.float32)
_STYLES = _STYLES.reshape(2, 18, 20, 3)
_TINY_WIDTHS = (8, 8, 8, 8, 8)


def _features() -> dict[str, keras.Model]:
    layers = objective_config.ObjectiveConfig.tiny().layers
    return {"features": networks.vgg19(layers, widths=_TINY_WIDTHS)}


def _encoder() -> dict[str, keras.Model]:
    layers = adain_config.AdaINStyleTransferConfig.tiny().layers
    options = {"padding": "reflection", "widths": _TINY_WIDTHS}
    return {"encoder": networks.vgg19(layers, **options)}


ROWS = (
    table.Row(
        "neural_style_transfer",
        keras_gen.NeuralStyleTransfer,
        table.tiny(neural_style_transfer_config.NeuralStyleTransferConfig),
        networks=_features,
        mobile=False,
    ),
    table.Row(
        "fast_style_transfer",
        keras_gen.FastStyleTransfer,
        table.tiny(fast_style_transfer_config.FastStyleTransferConfig),
        networks=lambda: _features() | {"styles": _STYLES},
    ),
    table.Row(
        "adain_style_transfer",
        keras_gen.AdaINStyleTransfer,
        table.tiny(adain_config.AdaINStyleTransferConfig),
        networks=_encoder,
    ),
)
