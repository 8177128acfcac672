"""Losses that several techniques share; each returns [B], unweighted."""

from keras_gen.losses import adversarial

__all__ = ["adversarial"]
