"""Blocks of networks: `keras.layers.Layer`s that several architectures use."""

from keras_gen.layers.batch_norm import BatchNorm

__all__ = ["BatchNorm"]
