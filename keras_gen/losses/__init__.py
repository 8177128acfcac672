"""Losses that several techniques share; each returns [B], unweighted."""

from keras_gen.losses import adversarial, gradient_penalty, perceptual

__all__ = ["adversarial", "gradient_penalty", "perceptual"]
