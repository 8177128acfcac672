"""Models of scenes, from photographs with known cameras."""

import keras_gen
from keras_gen.models.nerf import nerf_config
from tests.conformance import table

# XLA compiles the step once for each share of the samples that cells leave.
_CHANGES = {"voxel": {"occupancy_size": 0}}

ROWS = tuple(
    table.Row(
        f"nerf_{field}",
        keras_gen.NeRF,
        table.tiny(
            nerf_config.NeRFConfig, field=field, **_CHANGES.get(field, {})
        ),
        exported=field != "voxel",
    )
    for field in nerf_config.FIELDS
)
