"""The field that a Config names."""

from typing import Any

import keras

from keras_gen.models.nerf import (
    hash_field,
    mlp_field,
    nerf_config,
    voxel_field,
)


def make(
    config: nerf_config.NeRFConfig, name: str, seed: int, dtype: Any
) -> keras.layers.Layer:
    """A Field with all its weights."""
    return _MAKERS[config.field](config, name=name, seed=seed, dtype=dtype)


def _mlp(config, **kwargs):
    return mlp_field.MLPField(
        width=config.width,
        depth=config.depth,
        skip_layer=config.skip_layer,
        position_frequencies=config.position_frequencies,
        direction_frequencies=config.direction_frequencies,
        **kwargs,
    )


def _voxel(config, **kwargs):
    return voxel_field.VoxelField(
        radius=config.scene_radius,
        size=config.grid_size,
        num_features=config.num_features,
        head_width=config.head_width,
        direction_frequencies=config.direction_frequencies,
        **kwargs,
    )


def _hash(config, **kwargs):
    return hash_field.HashField(
        radius=config.scene_radius,
        finest_size=config.grid_size,
        coarsest_size=config.coarsest_size,
        num_levels=config.num_levels,
        table_size=config.table_size,
        num_features=config.num_features,
        head_width=config.head_width,
        direction_frequencies=config.direction_frequencies,
        **kwargs,
    )


_MAKERS = {"mlp": _mlp, "voxel": _voxel, "hash": _hash}
