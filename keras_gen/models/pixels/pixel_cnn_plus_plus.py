"""The PixelCNN++: a mixture of logistics over the levels of a pixel.

The network looks at a pixel once, for all of its channels; what a channel says
of the next is linear, in the mixture.

Reference: Salimans et al. 2017, arXiv 1701.05517.
"""

import keras
import tensorflow as tf

from keras_gen import networks
from keras_gen.models.pixels import (
    logistic_mixture,
    pixel_config,
    pixel_model,
)


@keras.saving.register_keras_serializable("keras_gen")
class PixelCNNPlusPlus(pixel_model.PixelModel):
    """A PixelCNN++ over images of 2 to 256 levels.

    Args:
        config: a PixelCNNPlusPlusConfig; or its fields as keyword arguments.
        network: as in `PixelModel`.
        **kwargs: fields of PixelCNNPlusPlusConfig, `name`, `dtype`.

    Raises:
        ValueError: a field is wrong, or the network does not fit.

    Reference: Salimans et al. 2017, arXiv 1701.05517.
    """

    Config = pixel_config.PixelCNNPlusPlusConfig

    def _network(self) -> keras.Model:
        config = self.config
        return networks.PixelCNNPlusPlusNetwork(
            config.image_shape,
            self.num_outputs,
            config.width,
            config.num_layers,
            config.num_classes,
            dtype=self.dtype_policy,
            name="network",
        )

    @property
    def num_outputs(self) -> int:
        channels = self.config.image_shape[2]
        components = self.config.num_components
        return logistic_mixture.num_outputs(components, channels)

    def log_probs_of(self, images, labels=None):
        mixture = self._mixture(self.network(images, labels))
        return logistic_mixture.log_probs(
            mixture, images, self.config.num_levels
        )

    def logits_of(self, outputs, state):
        return logistic_mixture.channel_logits(
            self._mixture(outputs),
            state["pixel"],
            state["channel"],
            self.config.num_levels,
        )

    def _mixture(self, outputs: tf.Tensor) -> logistic_mixture.Mixture:
        return logistic_mixture.mixture_of(
            outputs, self.config.num_components, self.config.image_shape[2]
        )
