"""The Gated PixelCNN: no blind spot, gates instead of ReLUs, and classes.

Reference: van den Oord et al. 2016, arXiv 1606.05328.
"""

import keras

from keras_gen import networks
from keras_gen.models.pixels import pixel_config, pixel_model


@keras.saving.register_keras_serializable("keras_gen")
class GatedPixelCNN(pixel_model.PixelModel):
    """A Gated PixelCNN over images of 2 to 256 levels.

    Args:
        config: a GatedPixelCNNConfig; or its fields as keyword arguments.
        network: as in `PixelModel`.
        **kwargs: fields of GatedPixelCNNConfig, `name`, `dtype`.

    Raises:
        ValueError: a field is wrong, or the network does not fit.

    Reference: van den Oord et al. 2016, arXiv 1606.05328.
    """

    Config = pixel_config.GatedPixelCNNConfig

    def _network(self) -> keras.Model:
        config = self.config
        return networks.GatedPixelCNNNetwork(
            config.image_shape,
            config.num_levels,
            config.width,
            config.num_layers,
            config.kernel_size,
            config.head_width,
            config.num_classes,
            dtype=self.dtype_policy,
            name="network",
        )
