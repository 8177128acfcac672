"""The PixelRNN: LSTMs over the rows or the diagonals of an image.

Reference: van den Oord et al. 2016, arXiv 1601.06759, sections 3.1 and 3.2.
"""

import keras

from keras_gen import networks
from keras_gen.models.pixels import pixel_config, pixel_model


@keras.saving.register_keras_serializable("keras_gen")
class PixelRNN(pixel_model.PixelModel):
    """A PixelRNN over images of 2 to 256 levels.

    Args:
        config: a PixelRNNConfig; or its fields as keyword arguments.
        network: as in `PixelModel`.
        **kwargs: fields of PixelRNNConfig, `name`, `dtype`.

    Raises:
        ValueError: a field is wrong, or the network does not fit.

    Reference: van den Oord et al. 2016, arXiv 1601.06759.
    """

    Config = pixel_config.PixelRNNConfig

    def _network(self) -> keras.Model:
        config = self.config
        return networks.PixelRNNNetwork(
            config.image_shape,
            config.kind,
            config.num_levels,
            config.width,
            config.num_layers,
            config.kernel_size,
            config.head_width,
            config.num_classes,
            dtype=self.dtype_policy,
            name="network",
        )
