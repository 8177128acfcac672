"""Latent diffusion: images of prompts.

    encoder        image -> latent maps, with variance 1 after `latent_scale`
    text_encoder   tokens of the prompt -> context, a vector of each
    network        U-Net that looks at the context: noise off the latent maps
    decoder        latent maps -> image

The autoencoder is trained before and stays as it is; U-Net and text encoder are
trained together, a tenth of the rows with an empty caption. Without an
autoencoder the images are their own latent maps.

    D = D(x | negative prompt) + scale (D(x | prompt) - D(x | negative prompt))

The keys and values of both prompts are computed once for an image, not in every
step.

Reference: Rombach et al. 2021, arXiv 2112.10752; Ho and Salimans 2022, arXiv
2207.12598.
"""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from keras_gen import base, endpoint, networks, protocols, spec
from keras_gen.models.diffusion import (
    drawing,
    guidance,
    latent_diffusion_config,
    process,
    text_to_image,
)
from keras_gen.networks import moving_average
from keras_gen.ops import seeds
from keras_gen.tokenizers import clip_bpe_graph, clip_vocabulary

# Streams of a row's seed. Sampling draws from the first.
_LATENT, _TIME, _NOISE, _DROP, _POSTERIOR = 0, 1, 2, 3, 4


@keras.saving.register_keras_serializable("keras_gen")
class LatentDiffusion(base.GenerativeModel):
    """A diffusion model over the latent maps of images with captions.

    Args:
        config: a LatentDiffusionConfig; or its fields as keyword arguments.
        encoder: images [B, H, W, C] to means and log variances [B, h, w, 2 Z],
            as `networks.kl_encoder`; None where images are latent maps.
        decoder: latent maps [B, h, w, Z] to images [B, H, W, C].
        **kwargs: fields of LatentDiffusionConfig, `name`, `dtype`.

    Raises:
        ValueError: a field is wrong, or one of the two networks is missing or
            does not fit.
    """

    Config = latent_diffusion_config.LatentDiffusionConfig

    def __init__(
        self,
        config: latent_diffusion_config.LatentDiffusionConfig | None = None,
        *,
        encoder: keras.Model | None = None,
        decoder: keras.Model | None = None,
        **kwargs: Any,
    ) -> None:
        given = {"encoder": encoder, "decoder": decoder}
        super().__init__(config, networks=given, **kwargs)
        config = self.config
        self.process = process.named(
            config.schedule, config.prediction, config.weighting
        )
        self.encoder, self.decoder = encoder, decoder
        self.latent_shape = _latent_shape(config.image_shape, encoder, decoder)
        for each in filter(None, (encoder, decoder)):
            each.trainable = False
        self.text_encoder = networks.clip_text_encoder(
            clip_vocabulary.SIZE,
            config.prompt_length,
            config.text_width,
            config.text_layers,
            config.text_heads,
            dtype=self.dtype_policy,
        )
        self.network = networks.unet(
            (None, None, self.latent_shape[-1]),
            widths=config.widths,
            num_blocks=config.num_blocks,
            attention_levels=config.attention_levels,
            num_heads=config.num_heads,
            num_groups=config.num_groups,
            context_size=config.text_width,
            dtype=self.dtype_policy,
        )
        self.text_average = moving_average.copy_of(self.text_encoder)
        self.average = moving_average.copy_of(self.network)
        self.tokenizer = clip_bpe_graph.GraphClipTokenizer(config.prompt_length)

    @property
    def batch_spec(self) -> dict[str, spec.Spec]:
        caption = spec.Spec((), "string", doc="UTF-8 text.")
        return {"images": self.image_spec, "captions": caption}

    @property
    def resources(self) -> list[tf.Module]:
        return [self.tokenizer]

    # Training.

    def to_batch(self, element: Any) -> dict[str, tf.Tensor]:
        """Captions become tokens here, before what XLA may compile."""
        batch = super().to_batch(element)
        captions = batch.pop("captions")
        return batch | {"tokens": self.tokenizer(captions).ids}

    def losses(
        self, batch: dict[str, tf.Tensor], seed: tf.Tensor, training: bool
    ) -> dict[str, tf.Tensor]:
        latent = self._posterior_sample(batch["images"], seed)
        text_encoder, network = self.text_average, self.average
        if training:
            text_encoder, network = self.text_encoder, self.network
        # Tokens have many uses: XLA would compile noise in them for each.
        tokens = tf.concat([batch["tokens"], self.empty_prompt(1)], axis=0)
        context = text_encoder(tokens, training=training)
        drop = seeds.uniform(seed, (1, 1), _DROP) < self.config.caption_dropout
        context = tf.where(drop, context[-1:], context[:-1])
        sigma = self.process.schedule.draw(seeds.uniform(seed, (), _TIME))
        noise = seeds.compiled_normal(seed, self.latent_shape, _NOISE)

        def predict(x, told):
            return network([x, told, context], training=training)

        return {"loss": self.process.loss(predict, latent, sigma, noise)}

    def after_step(self) -> None:
        super().after_step()
        decay, step = self.config.ema_decay, self.step.value
        moving_average.follow(self.average, self.network, decay, step)
        moving_average.follow(self.text_average, self.text_encoder, decay, step)

    # Its parts, as functions.

    def empty_prompt(self, num_rows: Any) -> tf.Tensor:
        """Tokens [B, T] of an empty prompt."""
        ids = [clip_vocabulary.BOS] + [clip_vocabulary.EOS] * (
            self.config.prompt_length - 1
        )
        return tf.tile(tf.constant([ids]), (num_rows, 1))

    def context_of(self, tokens: tf.Tensor) -> tf.Tensor:
        """Tokens [B, T] int32 to context [B, T, D]."""
        return self.text_average(tokens, training=False)

    def latent_of(self, images: tf.Tensor) -> tf.Tensor:
        """Images [B, H, W, C] to their latent maps [B, h, w, Z]."""
        if self.encoder is None:
            return self.config.latent_scale * images
        moments = self.encoder(images, training=False)
        return self.config.latent_scale * tf.split(moments, 2, axis=-1)[0]

    def images_of(self, latent: tf.Tensor) -> tf.Tensor:
        """Latent maps [B, h, w, Z] to images [B, H, W, C]."""
        images = latent / self.config.latent_scale
        if self.decoder is not None:
            images = self.decoder(images, training=False)
        return tf.clip_by_value(images, -1.0, 1.0)

    def denoise(
        self, x: tf.Tensor, sigma: tf.Tensor, context: tf.Tensor
    ) -> tf.Tensor:
        """D(x, sigma): the best guess of latent maps [B, h, w, Z].

        Args:
            x: [B, h, w, Z], latent maps and sigma times noise.
            sigma: [B].
            context: [B, T, D], from `context_of`.
        """

        def predict(x, told):
            return self.average([x, told, context], training=False)

        return self.process.denoiser(predict)(x, sigma)

    def guided(
        self, context: tf.Tensor, negative: tf.Tensor, scale: Any
    ) -> protocols.Denoiser:
        """A Denoiser that is driven from one prompt to another.

        Args:
            context: [B, T, D], of what is wanted.
            negative: [B, T, D], of what is not.
            scale: number or [B].
        """
        read, network = networks.split_unet(self.average)

        def denoiser_of(keys_values):
            return self.process.denoiser(
                lambda x, told: network([x, told, *keys_values])
            )

        return guidance.guided(
            denoiser_of, read(context), read(negative), scale
        )

    def draw(
        self,
        tokens: tf.Tensor,
        negative: tf.Tensor,
        scale: Any,
        seed: tf.Tensor,
        plan: drawing.Plan | None = None,
        latent_shape: Sequence[int] | None = None,
    ) -> tf.Tensor:
        """Images [B, H, W, C] of tokens [B, T], by way of latent maps.

        Args:
            tokens: [B, T] int32.
            negative: [B, T] int32, of what is not wanted.
            scale: of guidance, number or [B].
            seed: [B] int32.
            plan: the way down; that of the Config where None.
            latent_shape: (h, w, Z); that of the Config where None.
        """
        if plan is None:
            plan = drawing.plan(self.config, self.process.schedule)
        both = self.context_of(tf.concat([tokens, negative], axis=0))
        denoise = self.guided(*tf.split(both, 2), scale)
        shape = self.latent_shape if latent_shape is None else latent_shape
        noise = seeds.normal(seed, shape, _LATENT)
        return self.images_of(drawing.draw(denoise, noise, seed, plan))

    # Asking.

    def generate(
        self, prompts: Sequence[str], seed: int = 0, **how: Any
    ) -> tf.Tensor:
        """New images of prompts; see `text_to_image.generate`."""
        return text_to_image.generate(self, prompts, seed, **how)

    def endpoints(self) -> dict[str, endpoint.Endpoint]:
        """Text to image as one graph, and its parts for small memory."""
        return text_to_image.endpoints(self)

    def call(self, tokens: tf.Tensor) -> tf.Tensor:
        """Images [B, H, W, C] of tokens [B, T], with seeds 0, 1, ..."""
        rows = tf.shape(tokens)[0]
        scale = self.config.guidance_scale
        return self.draw(tokens, self.empty_prompt(rows), scale, tf.range(rows))

    def _posterior_sample(self, images, seed):
        if self.encoder is None:
            return self.config.latent_scale * images
        moments = self.encoder(images, training=False)
        mean, log_variance = tf.split(moments, 2, axis=-1)
        deviation = tf.exp(0.5 * tf.clip_by_value(log_variance, -30.0, 20.0))
        noise = seeds.compiled_normal(seed, self.latent_shape, _POSTERIOR)
        return self.config.latent_scale * (mean + deviation * noise)


def _latent_shape(image_shape, encoder, decoder) -> tuple[int, ...]:
    """(h, w, Z) of images of that shape."""
    if encoder is None and decoder is None:
        return tuple(image_shape)
    if encoder is None or decoder is None:
        missing = "encoder" if encoder is None else "decoder"
        raise ValueError(
            f"`{missing}` is missing: an autoencoder has both. Give `encoder` "
            "and `decoder`, or none of them."
        )
    *sizes, channels = encoder.compute_output_shape((1, *image_shape))[1:]
    shape = (*sizes, channels // 2)
    found = tuple(decoder.compute_output_shape((1, *shape))[1:])
    if channels % 2 or found != tuple(image_shape):
        raise ValueError(
            "`decoder` must make images of the means that `encoder` returns: "
            f"{image_shape} by way of {shape}. Received a decoder that makes "
            f"{found}. Use the two of one autoencoder."
        )
    return shape
