"""The game of one step: what both players lose by what D says.

Every switch is one line here, or a few, and is not there at all at its neutral
value. Numbers in the comments are those of docs/gan_hacks.md.
"""

from typing import Any, NamedTuple

import keras
import tensorflow as tf

from keras_gen.losses import adversarial, gradient_penalty
from keras_gen.models.gan import gan_config
from keras_gen.ops import augmentation, seeds

# Streams of a row's seed. Those of what is seen count up from their first.
_TARGETS, _MIXTURE, _CHOICE, _NOISE, _AUGMENTATION = 2, 3, 4, 8, 16


class Seen(NamedTuple):
    """Images before D: real ones, G's, and those that D learns from."""

    real: tf.Tensor
    fake: tf.Tensor  # What G learns from.
    shown: tf.Tensor  # `fake`, or some of an earlier generator among them.


def losses(
    config: gan_config.AdversarialConfig,
    discriminator: keras.Model,
    seen: Seen,
    labels: tf.Tensor | None,
    seed: tf.Tensor,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Losses of the discriminator and of the generator, [B] each.

    Args:
        config: the switches.
        discriminator: called in training mode.
        seen: images [B, H, W, C] as from `look`.
        labels: [B] int32, or None.
        seed: [B] int32.
    """
    loss = adversarial.LOSSES[config.loss]

    def critic(images):
        return discriminator(with_labels(images, labels), training=True)

    real, fake, shown = _outputs(config, discriminator, critic, seen, labels)
    targets = _targets(config, seed)
    of_discriminator = loss.discriminator(real[:, 0], shown[:, 0], targets)
    of_generator = loss.generator(fake[:, 0])
    if config.auxiliary_weight:  # 12
        weight = config.auxiliary_weight
        of_discriminator += weight * _class_loss(real, labels)
        of_discriminator += weight * _class_loss(shown, labels)
        of_generator += weight * _class_loss(fake, labels)
    if config.gradient_penalty_weight:
        share = seeds.uniform(seed, (), _MIXTURE)
        penalty = gradient_penalty.interpolated(
            lambda images: critic(images)[:, 0], seen.real, seen.shown, share
        )
        of_discriminator += config.gradient_penalty_weight * penalty
    if config.r1_weight:
        penalty = gradient_penalty.r1(
            lambda images: critic(images)[:, 0], seen.real
        )
        of_discriminator += config.r1_weight * penalty
    return of_discriminator, of_generator


def look(
    config: gan_config.AdversarialConfig,
    step: Any,
    real: tf.Tensor,
    fake: tf.Tensor,
    past: tf.Tensor | None,
    seed: tf.Tensor,
) -> Seen:
    """The images as D sees them in training.

    Args:
        config: the switches.
        step: of the training.
        real: images [B, H, W, C].
        fake: of the generator.
        past: of an earlier generator, or None.
        seed: [B] int32.
    """
    real = _seen(config, step, real, seed, 0)
    fake = shown = _seen(config, step, fake, seed, 1)
    if past is not None:  # 8
        past = _seen(config, step, past, seed, 1)
        draw = seeds.uniform(seed, (1, 1, 1), _CHOICE)
        shown = tf.where(draw < config.replay_rate, past, fake)
    return Seen(real, fake, shown)


def with_labels(inputs: tf.Tensor, labels: tf.Tensor | None) -> Any:
    """What a network takes: inputs, or inputs and labels."""
    if labels is None:
        return inputs
    return [tf.convert_to_tensor(inputs), tf.convert_to_tensor(labels)]


def _outputs(config, discriminator, critic, seen, labels):
    """D of real, fake and shown images, [B, 1 + V] each."""
    if config.separate_batches:  # 4
        real, fake = critic(seen.real), critic(seen.fake)
        shown = fake if seen.shown is seen.fake else critic(seen.shown)
        return real, fake, shown
    images = [seen.real, seen.fake]
    if seen.shown is not seen.fake:
        images.append(seen.shown)
    if labels is not None:
        labels = tf.tile(labels, (len(images),))
    together = with_labels(tf.concat(images, axis=0), labels)
    outputs = discriminator(together, training=True)
    real, fake, *shown = tf.split(outputs, len(images))
    return real, fake, shown[0] if shown else fake


def _seen(config, step, images, seed, index):
    if config.instance_noise:  # 13
        deviation = config.instance_noise
        if config.instance_noise_steps:
            done = tf.cast(step, tf.float32) / config.instance_noise_steps
            deviation *= tf.maximum(1.0 - done, 0.0)
        noise = seeds.compiled_normal(seed, images.shape[1:], _NOISE + index)
        images = images + deviation * noise
    return augmentation.diff_augment(
        images, seed, config.policies, _AUGMENTATION + index
    )


def _targets(config, seed) -> adversarial.Targets:
    """1 and 0, or what hack 6 makes of them."""
    if not config.has_label_hacks:
        return adversarial.Targets()
    draws = seeds.uniform(seed, (4,), _TARGETS)
    low, high = config.real_target_low, config.real_target_high
    real = low + (high - low) * draws[:, 0]
    low, high = config.fake_target_low, config.fake_target_high
    fake = low + (high - low) * draws[:, 1]
    flipped = draws[:, 2] < config.flip_rate
    return adversarial.Targets(
        tf.where(flipped, fake, real), tf.where(flipped, real, fake)
    )


def _class_loss(outputs, labels):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels, outputs[:, 1:]
    )
