"""The plain autoencoder: a narrow passage, and no idea what lies in it.

    loss = -log p(x | z = encoder(x))

It reconstructs well. But nothing says where in latent space the codes lie, so
throwing the encoder away and decoding random vectors gives no digits: that is
the hole which the VAE fills. It is here to show it.

Reference: Hinton and Salakhutdinov 2006, "Reducing the Dimensionality of Data
with Neural Networks".
"""

from typing import Any

import keras
import tensorflow as tf

from keras_gen.models.vae import autoencoder_config, latent_model, likelihoods


@keras.saving.register_keras_serializable("keras_gen")
class Autoencoder(latent_model.LatentModel):
    """An autoencoder over images.

    Args:
        config: an AutoencoderConfig; or its fields as keyword arguments.
        encoder: your own network, [B, H, W, C] to [B, Z].
        decoder: your own network, [B, Z] to [B, H, W, C].
        **kwargs: fields of AutoencoderConfig, `name`, `dtype`.

    Raises:
        ValueError: a field or the shape of a network is wrong.
    """

    Config = autoencoder_config.AutoencoderConfig
    loss_names = ("loss",)

    def __init__(
        self,
        config: autoencoder_config.AutoencoderConfig | None = None,
        *,
        encoder: keras.Model | None = None,
        decoder: keras.Model | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(config, encoder, decoder, codes=1, **kwargs)

    def losses(
        self, batch: dict[str, tf.Tensor], seed: tf.Tensor, training: bool
    ) -> dict[str, tf.Tensor]:
        del seed
        latent = self.encoder(batch["images"], training=training)  # [B, Z]
        p_x = self.distribution_of(latent, training)
        return {"loss": -likelihoods.log_prob(p_x, batch["images"])}

    def latent_of(self, images: tf.Tensor) -> tf.Tensor:
        return self.encoder(images)
