"""The table of models that the conformance suite runs over.

A new technique adds a row here and inherits every test of this folder.
"""

import dataclasses
from collections.abc import Callable

import keras

import keras_gen
from keras_gen import base, config, networks
from keras_gen.models.adversarial import adversarial_config
from keras_gen.models.diffusion import (
    diffusion_config,
    latent_diffusion_config,
)
from keras_gen.models.gan import dcgan_config, gan_config
from keras_gen.models.kl_autoencoder import kl_autoencoder_config
from keras_gen.models.nerf import nerf_config
from keras_gen.models.pixels import pixel_config
from keras_gen.models.sequences import (
    language_config,
    music_config,
    roll_config,
    seq2seq_config,
)
from keras_gen.models.vae import autoencoder_config, vae_config


@dataclasses.dataclass(frozen=True)
class Row:
    """A model under test.

    Attributes:
        name: how pytest shows it.
        model_class: what is built.
        config: small.
        learning_rate: at which twenty steps of Adam lower the loss.
        falling: which loss they lower; of a GAN that of the discriminator, who
            has an easy game with one batch.
        networks: makes those that are trained elsewhere, by argument.
        exported: whether its endpoints are exported, too: not where another
            row has the same ones.
    """

    name: str
    model_class: type[base.GenerativeModel]
    config: config.Config
    learning_rate: float = 0.01
    falling: str = "loss"
    networks: Callable[[], dict[str, keras.Model]] = dict
    exported: bool = True

    def build(self, **kwargs) -> base.GenerativeModel:
        """A new model, equal to every other that this row builds."""
        networks = self.networks()
        return self.model_class(config=self.config, **networks, **kwargs)


def _tiny(config_class: type[config.Config], **changes) -> config.Config:
    return dataclasses.replace(config_class.tiny(), **changes)


def _autoencoder() -> dict[str, keras.Model]:
    sizes = {"widths": (4, 8), "num_blocks": 1, "num_groups": 2}
    return {
        "encoder": networks.kl_encoder(**sizes),
        "decoder": networks.kl_decoder(**sizes),
    }


_VAE, _VAE_CONFIG = keras_gen.VAE, vae_config.VAEConfig

_ROWS = (
    Row("vae", _VAE, _tiny(_VAE_CONFIG)),
    Row(
        "iwae",
        _VAE,
        _tiny(
            _VAE_CONFIG,
            network="mlp",
            activation="tanh",
            num_importance_samples=3,
        ),
        exported=False,
    ),
    Row(
        "vae_gaussian",
        _VAE,
        _tiny(_VAE_CONFIG, likelihood="gaussian", learn_scale=True),
    ),
    Row(
        "vae_logistic",
        _VAE,
        _tiny(
            _VAE_CONFIG,
            image_shape=(7, 5, 3),
            likelihood="discretized_logistic",
            free_bits=1.0,
            kl_warmup_steps=10,
        ),
    ),
    Row(
        "autoencoder",
        keras_gen.Autoencoder,
        _tiny(autoencoder_config.AutoencoderConfig),
    ),
    Row(
        "adversarial_trades",
        keras_gen.AdversarialTraining,
        _tiny(
            adversarial_config.AdversarialTrainingConfig,
            method="trades",
            epsilon=0.05,
            step_size=0.03,
        ),
    ),
    Row(
        "adversarial_fast",
        keras_gen.AdversarialTraining,
        _tiny(
            adversarial_config.AdversarialTrainingConfig,
            method="fast",
            epsilon=0.05,
            norm="l2",
        ),
        exported=False,
    ),
    Row(
        "gan",
        keras_gen.GAN,
        _tiny(gan_config.GANConfig),
        falling="discriminator_loss",
    ),
    Row(
        "dcgan",
        keras_gen.DCGAN,
        _tiny(dcgan_config.DCGANConfig),
        falling="discriminator_loss",
    ),
    Row(
        "dcgan_classes",
        keras_gen.DCGAN,
        _tiny(
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
    Row(
        "gan_two_updates",
        keras_gen.GAN,
        _tiny(
            gan_config.GANConfig,
            loss="least_squares",
            latent="uniform",
            num_discriminator_updates=2,
        ),
        falling="discriminator_loss",
        exported=False,
    ),
    Row(
        "diffusion",
        keras_gen.Diffusion,
        _tiny(diffusion_config.DiffusionConfig),
        exported=False,
    ),
    Row(
        "diffusion_classes",
        keras_gen.Diffusion,
        _tiny(
            diffusion_config.DiffusionConfig,
            widths=(4, 8),
            num_classes=3,
            schedule="scaled_linear",
            weighting="min_snr",
            self_conditioning=True,
            guidance_scale=2.0,
        ),
    ),
    Row(
        "kl_autoencoder",
        keras_gen.KLAutoencoder,
        _tiny(kl_autoencoder_config.KLAutoencoderConfig),
    ),
    Row(
        "kl_autoencoder_adversarial",
        keras_gen.KLAutoencoder,
        _tiny(
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
    Row(
        "latent_diffusion",
        keras_gen.LatentDiffusion,
        _tiny(latent_diffusion_config.LatentDiffusionConfig),
        networks=_autoencoder,
    ),
    *(
        Row(
            f"nerf_{field}",
            keras_gen.NeRF,
            _tiny(nerf_config.NeRFConfig, field=field),
            exported=field != "voxel",
        )
        for field in nerf_config.FIELDS
    ),
    Row(
        "transformer_lm",
        keras_gen.TransformerLM,
        _tiny(language_config.TransformerLMConfig, num_key_heads=1),
    ),
    Row(
        "music_transformer",
        keras_gen.MusicTransformer,
        _tiny(music_config.MusicTransformerConfig, num_layers=1),
    ),
    Row(
        "piano_roll",
        keras_gen.PianoRollModel,
        _tiny(roll_config.PianoRollConfig),
    ),
    Row(
        "recurrent_lm",
        keras_gen.RecurrentLM,
        _tiny(
            language_config.RecurrentLMConfig, tokenizer="bytes", alphabet=""
        ),
    ),
    Row(
        "seq2seq",
        keras_gen.Seq2Seq,
        _tiny(seq2seq_config.Seq2SeqConfig, dropout=0.1),
    ),
    Row(
        "seq2seq_recurrent",
        keras_gen.Seq2Seq,
        _tiny(seq2seq_config.Seq2SeqConfig, kind="recurrent", cell="gru"),
    ),
    Row(
        "pixel_cnn",
        keras_gen.PixelCNN,
        _tiny(
            pixel_config.PixelCNNConfig,
            image_shape=(2, 3, 3),
            num_levels=3,
            width=6,
            head_width=3,
        ),
    ),
    Row(
        "pixel_cnn_gated",
        keras_gen.GatedPixelCNN,
        _tiny(pixel_config.GatedPixelCNNConfig, num_classes=3, num_layers=2),
    ),
    Row(
        "pixel_cnn_plus_plus",
        keras_gen.PixelCNNPlusPlus,
        _tiny(pixel_config.PixelCNNPlusPlusConfig, image_shape=(2, 3, 3)),
    ),
    Row(
        "pixel_rnn_diagonal",
        keras_gen.PixelRNN,
        _tiny(pixel_config.PixelRNNConfig, temperature=0.9),
    ),
    Row(
        "pixel_rnn_row",
        keras_gen.PixelRNN,
        _tiny(pixel_config.PixelRNNConfig, kind="row"),
    ),
)

# In one order, so that pytest runs the tests of a row one after the other.
EXPORTED = tuple(row for row in _ROWS if row.exported)
ROWS = EXPORTED + tuple(row for row in _ROWS if not row.exported)
