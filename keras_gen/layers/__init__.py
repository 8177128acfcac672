"""Blocks of networks: `keras.layers.Layer`s that several architectures use."""

from keras_gen.layers.attention import Attention, KeysValues
from keras_gen.layers.batch_norm import BatchNorm
from keras_gen.layers.conditional_affine import ConditionalAffine
from keras_gen.layers.group_norm import GroupNorm
from keras_gen.layers.keyed_dropout import KeyedDropout
from keras_gen.layers.minibatch_deviation import MinibatchDeviation
from keras_gen.layers.norms import NORMS
from keras_gen.layers.sinusoidal import SinusoidalEmbedding

__all__ = [
    "NORMS",
    "Attention",
    "BatchNorm",
    "ConditionalAffine",
    "GroupNorm",
    "KeyedDropout",
    "KeysValues",
    "MinibatchDeviation",
    "SinusoidalEmbedding",
]
