"""Blocks of networks: `keras.layers.Layer`s that several architectures use."""

from keras_gen.layers.adaptive_norm import AdaptiveNorm
from keras_gen.layers.attention import Attention, KeysValues
from keras_gen.layers.batch_norm import BatchNorm
from keras_gen.layers.causal_attention import CausalAttention
from keras_gen.layers.conditional_affine import ConditionalAffine
from keras_gen.layers.diagonal_lstm import DiagonalBiLSTM
from keras_gen.layers.doubling import Doubling2D
from keras_gen.layers.gated_dense import GatedDense
from keras_gen.layers.grid_positions import GridPositions
from keras_gen.layers.group_norm import GroupNorm
from keras_gen.layers.keyed_dropout import KeyedDropout
from keras_gen.layers.layer_norm import LayerNorm
from keras_gen.layers.masked_conv import MaskedConv2D
from keras_gen.layers.minibatch_deviation import MinibatchDeviation
from keras_gen.layers.multi_hot_embedding import MultiHotEmbedding
from keras_gen.layers.norms import NORMS
from keras_gen.layers.position_embedding import PositionEmbedding
from keras_gen.layers.projection import Projection, in_halves
from keras_gen.layers.quick_gelu import quick_gelu
from keras_gen.layers.reflection import ReflectionPadding2D
from keras_gen.layers.relative_positions import RelativePositions
from keras_gen.layers.row_conv import RowConv2D
from keras_gen.layers.row_lstm import RowLSTM
from keras_gen.layers.silu import silu
from keras_gen.layers.sinusoidal import SinusoidalEmbedding
from keras_gen.layers.winograd_conv import WinogradConv2D

__all__ = [
    "NORMS",
    "AdaptiveNorm",
    "Attention",
    "BatchNorm",
    "CausalAttention",
    "ConditionalAffine",
    "DiagonalBiLSTM",
    "Doubling2D",
    "GatedDense",
    "GridPositions",
    "GroupNorm",
    "KeyedDropout",
    "KeysValues",
    "LayerNorm",
    "MaskedConv2D",
    "MinibatchDeviation",
    "MultiHotEmbedding",
    "PositionEmbedding",
    "Projection",
    "ReflectionPadding2D",
    "RelativePositions",
    "RowConv2D",
    "RowLSTM",
    "SinusoidalEmbedding",
    "WinogradConv2D",
    "in_halves",
    "quick_gelu",
    "silu",
]
