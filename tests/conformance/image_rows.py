"""Models of whole images."""

import keras

import keras_gen
from keras_gen import networks
from keras_gen.models.adversarial import adversarial_config
from keras_gen.models.diffusion import (
    diffusion_config,
    latent_diffusion_config,
)
from keras_gen.models.gan import dcgan_config, gan_config
from keras_gen.models.kl_autoencoder import kl_autoencoder_config
from keras_gen.models.vae import autoencoder_config, vae_config
from tests.conformance import table

_VAE, _VAE_CONFIG = keras_gen.VAE, vae_config.VAEConfig


def _autoencoder() -> dict[str, keras.Model]:
    sizes = {"widths": (4, 8), "num_blocks": 1, "num_groups": 2}
    return {
        "encoder": networks.kl_encoder(**sizes),
        "decoder": networks.kl_decoder(**sizes),
    }


ROWS = (
    table.Row("vae", _VAE, table.tiny(_VAE_CONFIG)),
    table.Row(
        "iwae",
        _VAE,
        table.tiny(
            _VAE_CONFIG,
            network="mlp",
            activation="tanh",
            num_importance_samples=3,
        ),
        exported=False,
    ),
    table.Row(
        "vae_gaussian",
        _VAE,
        table.tiny(_VAE_CONFIG, likelihood="gaussian", learn_scale=True),
    ),
    table.Row(
        "vae_logistic",
        _VAE,
        table.tiny(
            _VAE_CONFIG,
            image_shape=(7, 5, 3),
            likelihood="discretized_logistic",
            free_bits=1.0,
            kl_warmup_steps=10,
        ),
    ),
    table.Row(
        "autoencoder",
        keras_gen.Autoencoder,
        table.tiny(autoencoder_config.AutoencoderConfig),
    ),
    table.Row(
        "adversarial_trades",
        keras_gen.AdversarialTraining,
        table.tiny(
            adversarial_config.AdversarialTrainingConfig,
            method="trades",
            epsilon=0.05,
            step_size=0.03,
        ),
    ),
    table.Row(
        "adversarial_fast",
        keras_gen.AdversarialTraining,
        table.tiny(
            adversarial_config.AdversarialTrainingConfig,
            method="fast",
            epsilon=0.05,
            norm="l2",
        ),
        exported=False,
    ),
    table.Row(
        "gan",
        keras_gen.GAN,
        table.tiny(gan_config.GANConfig),
        falling="discriminator_loss",
    ),
    table.Row(
        "dcgan",
        keras_gen.DCGAN,
        table.tiny(dcgan_config.DCGANConfig),
        falling="discriminator_loss",
    ),
    table.Row(
        "dcgan_classes",
        keras_gen.DCGAN,
        table.tiny(
            dcgan_config.DCGANConfig,
            image_shape=(7, 5, 3),
            num_classes=3,
            auxiliary_weight=1.0,
            spectral_norm=True,
            minibatch_deviation=True,
            generator_dropout=0.3,
            generator_noise=0.1,
            generator_norm="instance",
            generator_conditioning="norm",
            vae_weight=0.01,
            replay_rate=0.5,
            replay_period=2,
            instance_noise=0.1,
            instance_noise_steps=10,
            augmentation="color,translation,cutout",
            real_target_low=0.9,
            flip_rate=0.1,
        ),
        falling="discriminator_loss",
    ),
    table.Row(
        "gan_two_updates",
        keras_gen.GAN,
        table.tiny(
            gan_config.GANConfig,
            loss="least_squares",
            latent="uniform",
            num_discriminator_updates=2,
        ),
        falling="discriminator_loss",
        exported=False,
    ),
    table.Row(
        "diffusion",
        keras_gen.Diffusion,
        table.tiny(diffusion_config.DiffusionConfig),
        exported=False,
    ),
    table.Row(
        "diffusion_classes",
        keras_gen.Diffusion,
        table.tiny(
            diffusion_config.DiffusionConfig,
            widths=(4, 8),
            num_classes=3,
            schedule="scaled_linear",
            weighting="min_snr",
            self_conditioning=True,
            guidance_scale=2.0,
        ),
    ),
    table.Row(
        "kl_autoencoder",
        keras_gen.KLAutoencoder,
        table.tiny(kl_autoencoder_config.KLAutoencoderConfig),
    ),
    table.Row(
        "kl_autoencoder_adversarial",
        keras_gen.KLAutoencoder,
        table.tiny(
            kl_autoencoder_config.KLAutoencoderConfig,
            image_shape=(8, 6, 3),
            reconstruction="l2",
            kl_weight=0.01,
            learn_noise=True,
            adversarial_weight=0.5,
            adversarial_start_step=2,
        ),
        exported=False,
    ),
    table.Row(
        "latent_diffusion",
        keras_gen.LatentDiffusion,
        table.tiny(latent_diffusion_config.LatentDiffusionConfig),
        networks=_autoencoder,
    ),
)
