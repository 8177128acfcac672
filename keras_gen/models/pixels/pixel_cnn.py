"""The PixelCNN: a deep network of masked convolutions.

Fast to train, as all pixels are computed at once. Beside the pixel and below it
the triangle of what it sees leaves a blind spot: pixels to the upper right that
it never knows, however deep the network.

Reference: van den Oord et al. 2016, arXiv 1601.06759, section 3.4.
"""

import keras

from keras_gen import networks
from keras_gen.models.pixels import pixel_config, pixel_model


@keras.saving.register_keras_serializable("keras_gen")
class PixelCNN(pixel_model.PixelModel):
    """A PixelCNN over images of 2 to 256 levels.

    Args:
        config: a PixelCNNConfig; or its fields as keyword arguments.
        network: as in `PixelModel`.
        **kwargs: fields of PixelCNNConfig, `name`, `dtype`.

    Raises:
        ValueError: a field is wrong, or the network does not fit.

    Reference: van den Oord et al. 2016, arXiv 1601.06759.
    """

    Config = pixel_config.PixelCNNConfig

    def _network(self) -> keras.Model:
        config = self.config
        return networks.PixelCNNNetwork(
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
