"""The generative adversarial network: dense layers against dense layers.

    min_G max_D  E[log D(x)] + E[log(1 - D(G(z)))]

G and D are perceptrons. `loss="minimax"` is Eq. 1 of the paper,
`loss="non_saturating"`, the default, what its section 3 recommends.

Differs from the paper: leaky ReLU in both instead of ReLU and sigmoid in G,
maxout and dropout in D.

Reference: Goodfellow et al. 2014, arXiv 1406.2661.
"""

from typing import Any

import keras

from keras_gen import networks
from keras_gen.models.gan import adversarial_model, gan_config


@keras.saving.register_keras_serializable("keras_gen")
class GAN(adversarial_model.AdversarialModel):
    """A generative adversarial network over images.

    Args:
        config: a GANConfig; or its fields as keyword arguments.
        generator: your own network, [B, Z] to [B, H, W, C] in [-1, 1].
        discriminator: your own network, [B, H, W, C] to logits [B, 1].
        **kwargs: fields of GANConfig, `name`, `dtype`.

    Raises:
        ValueError: a field or the shape of a network is wrong.

    Reference: Goodfellow et al. 2014, arXiv 1406.2661.
    """

    Config = gan_config.GANConfig

    def __init__(
        self,
        config: gan_config.GANConfig | None = None,
        *,
        generator: keras.Model | None = None,
        discriminator: keras.Model | None = None,
        **kwargs: Any,
    ) -> None:
        given = {"generator": generator, "discriminator": discriminator}
        super().__init__(config, networks=given, **kwargs)
        options = {
            "activation": self.config.activation,
            "dtype": self.dtype_policy,
        }
        self._set_networks(
            generator
            or networks.mlp(
                (self.config.latent_size,),
                self.config.generator_widths,
                self.config.image_shape,
                output_activation="tanh",
                name="generator",
                **options,
            ),
            discriminator
            or networks.mlp(
                self.config.image_shape,
                self.config.discriminator_widths,
                (1,),
                name="discriminator",
                **options,
            ),
        )

    def _encoder(self) -> keras.Model:
        return networks.mlp(
            self.config.image_shape,
            self.config.discriminator_widths,
            (2 * self.code_size,),
            activation=self.config.activation,
            dtype=self.dtype_policy,
            name="encoder",
        )
