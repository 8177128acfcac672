"""Models of scenes, from photographs with known cameras."""

import keras_gen
from keras_gen.models.nerf import nerf_config
from tests.conformance import table

ROWS = tuple(
    table.Row(
        f"nerf_{field}",
        keras_gen.NeRF,
        table.tiny(nerf_config.NeRFConfig, field=field),
        exported=field != "voxel",
    )
    for field in nerf_config.FIELDS
)
