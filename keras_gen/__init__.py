"""Generative models in Keras 3, from `model.fit` to a server and a phone.

    import keras_gen

    vae = keras_gen.VAE(image_shape=(28, 28, 1))
    vae.compile("adam")
    vae.fit(images, epochs=10)  # float32 [N, 28, 28, 1] in [-1, 1]
    vae.generate(16, seed=0)  # [16, 28, 28, 1] in [-1, 1]
    vae.save("vae.keras")

One word for one thing, everywhere:
    images    float32 in [-1, 1]
    labels    int32, class of each row
    latent    the code z of an autoencoder or GAN
    logits    log-probabilities before normalisation
    seed      int32, one for each row: all randomness is a function of it
    rate      KL(q(z|x) || p(z)), in nats
    distortion  -E[log p(x|z)], in nats
    step      number of updates of the weights so far
    num_x / x_size / x_weight   counts, sizes, loss weights

Shape letters:
    B batch, H W C image, T sequence, V vocabulary, D width, N heads,
    Z latent, R rays, P points of a ray, K components or beams, S solver steps

Units: log-probabilities in nats (bits/dim only in metrics), angles in rad.

Names are imported when first used, so that `--help` of a binary need not wait
for TensorFlow.
"""

import importlib

_MODULES = {
    "AdaINStyleTransfer": (
        "keras_gen.models.style_transfer.adain_style_transfer"
    ),
    "AdaINStyleTransferConfig": (
        "keras_gen.models.style_transfer.adain_style_transfer_config"
    ),
    "Adam": "keras_gen.optimizers",
    "AdversarialTraining": (
        "keras_gen.models.adversarial.adversarial_training"
    ),
    "AdversarialTrainingConfig": (
        "keras_gen.models.adversarial.adversarial_config"
    ),
    "Autoencoder": "keras_gen.models.vae.autoencoder",
    "AutoencoderConfig": "keras_gen.models.vae.autoencoder_config",
    "DCGAN": "keras_gen.models.gan.dcgan",
    "DCGANConfig": "keras_gen.models.gan.dcgan_config",
    "Diffusion": "keras_gen.models.diffusion.diffusion",
    "DiffusionConfig": "keras_gen.models.diffusion.diffusion_config",
    "FastStyleTransfer": (
        "keras_gen.models.style_transfer.fast_style_transfer"
    ),
    "FastStyleTransferConfig": (
        "keras_gen.models.style_transfer.fast_style_transfer_config"
    ),
    "GAN": "keras_gen.models.gan.gan",
    "GANConfig": "keras_gen.models.gan.gan_config",
    "GatedPixelCNN": "keras_gen.models.pixels.gated_pixel_cnn",
    "GatedPixelCNNConfig": "keras_gen.models.pixels.pixel_config",
    "KLAutoencoder": "keras_gen.models.kl_autoencoder.kl_autoencoder",
    "KLAutoencoderConfig": (
        "keras_gen.models.kl_autoencoder.kl_autoencoder_config"
    ),
    "LatentDiffusion": "keras_gen.models.diffusion.latent_diffusion",
    "LatentDiffusionConfig": (
        "keras_gen.models.diffusion.latent_diffusion_config"
    ),
    "MelodyRNN": "keras_gen.models.sequences.music",
    "MelodyRNNConfig": "keras_gen.models.sequences.music_config",
    "MusicTransformer": "keras_gen.models.sequences.music",
    "MusicTransformerConfig": "keras_gen.models.sequences.music_config",
    "NeuralStyleTransfer": (
        "keras_gen.models.style_transfer.neural_style_transfer"
    ),
    "NeuralStyleTransferConfig": (
        "keras_gen.models.style_transfer.neural_style_transfer_config"
    ),
    "NeRF": "keras_gen.models.nerf.nerf",
    "NeRFConfig": "keras_gen.models.nerf.nerf_config",
    "PianoRollConfig": "keras_gen.models.sequences.roll_config",
    "PianoRollModel": "keras_gen.models.sequences.roll_model",
    "PixelCNN": "keras_gen.models.pixels.pixel_cnn",
    "PixelCNNConfig": "keras_gen.models.pixels.pixel_config",
    "PixelCNNPlusPlus": "keras_gen.models.pixels.pixel_cnn_plus_plus",
    "PixelCNNPlusPlusConfig": "keras_gen.models.pixels.pixel_config",
    "PixelRNN": "keras_gen.models.pixels.pixel_rnn",
    "PixelRNNConfig": "keras_gen.models.pixels.pixel_config",
    "RecurrentLM": "keras_gen.models.sequences.recurrent_lm",
    "RecurrentLMConfig": "keras_gen.models.sequences.language_config",
    "Seq2Seq": "keras_gen.models.sequences.seq2seq",
    "Seq2SeqConfig": "keras_gen.models.sequences.seq2seq_config",
    "TransformerLM": "keras_gen.models.sequences.transformer_lm",
    "TransformerLMConfig": "keras_gen.models.sequences.language_config",
    "VAE": "keras_gen.models.vae.vae",
    "VAEConfig": "keras_gen.models.vae.vae_config",
    "load": "keras_gen.saving",
}
_PACKAGES = (
    "attacks",
    "callbacks",
    "data",
    "layers",
    "losses",
    "metrics",
    "networks",
    "ops",
    "samplers",
    "tokenizers",
    "weights",
)

__version__ = "0.1.0"
__all__ = sorted([*_MODULES, *_PACKAGES])


def __getattr__(name: str):
    if name in _MODULES:
        return getattr(importlib.import_module(_MODULES[name]), name)
    if name in _PACKAGES:
        return importlib.import_module(f"keras_gen.{name}")
    raise AttributeError(f"module 'keras_gen' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
