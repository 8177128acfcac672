"""Config of NeRF."""

import dataclasses
from typing import Self

from keras_gen import config

FIELDS = ("mlp", "voxel", "hash")


@dataclasses.dataclass(frozen=True)
class NeRFConfig(config.Config):
    """Every hyper-parameter of a NeRF; lengths are in units of the scene."""

    field: str = config.field(
        "mlp",
        "What holds the scene: the network of the paper, a grid of voxels, or "
        "hashed grids of several resolutions.",
        choices=FIELDS,
    )
    view_size: tuple[int, ...] = config.field(
        (100, 100), "H and W of rendered images, in pixels.", low=1, length=2
    )
    focal: float = config.field(
        138.9, "Focal length where none is given, in pixels.", low=1e-3
    )
    near: float = config.field(2.0, "Depth where rays begin.", low=0.0)
    far: float = config.field(6.0, "Depth where rays end.", low=0.0)
    ndc: bool = config.field(
        False,
        "Normalized device coordinates, for scenes without end before cameras "
        "that all look along -z; depths are then from 0 to 1.",
    )
    white_background: bool = config.field(
        True, "What lies behind the scene is white; black if not."
    )
    num_coarse: int = config.field(64, "P, stratified samples of a ray.", low=2)
    num_fine: int = config.field(
        128,
        "Further samples where the coarse ones see something, for a second "
        "network; 0 for none. Of the mlp field.",
        low=0,
    )
    position_frequencies: int = config.field(
        10, "L of points, in the mlp field.", low=0
    )
    direction_frequencies: int = config.field(4, "L of directions.", low=0)
    width: int = config.field(256, "D of the mlp field.", low=1)
    depth: int = config.field(8, "Layers of the mlp field.", low=1)
    skip_layer: int = config.field(
        4, "The mlp field sees points again after this layer.", low=0
    )
    scene_radius: float = config.field(
        1.5,
        "Half the edge of the cube that the voxel and hash fields fill.",
        low=1e-6,
    )
    grid_size: int = config.field(
        128, "Vertices along an edge of the (finest) grid.", low=2
    )
    num_levels: int = config.field(8, "Grids of the hash field.", low=1)
    coarsest_size: int = config.field(
        16, "Vertices along an edge of the coarsest grid.", low=2
    )
    table_size: int = config.field(
        32768, "Vertices that a hashed grid has numbers for.", low=8
    )
    num_features: int = config.field(
        4, "Numbers of a vertex, besides the density of a voxel field.", low=1
    )
    head_width: int = config.field(
        64, "D of the small networks behind grids.", low=1
    )
    sparsity_weight: float = config.field(
        1e-3, "Of a loss on density in voxel and hash fields.", low=0.0
    )
    occupancy_size: int = config.field(
        64,
        "Cells along an edge of the grid that says where voxel and hash fields "
        "are empty; 0 for none.",
        low=0,
    )
    occupancy_every_steps: int = config.field(
        16, "Steps between looks at which cells are empty.", low=1
    )
    occupancy_warmup_steps: int = config.field(
        128,
        "Steps before the first look, in which a ray has a quarter of its "
        "samples and all of them are asked.",
        low=0,
    )
    chunk_size: int = config.field(
        4096, "Rays that are rendered at a time.", low=1
    )
    seed: int = config.field(0, "Of the first weights and of all noise.")

    def check(self) -> None:
        if not self.near < self.far:
            raise ValueError(
                "`near` must be less than `far`. Received: near "
                f"{self.near:g}, far {self.far:g}. Swap or correct them."
            )
        if self.ndc and (self.near, self.far) != (0.0, 1.0):
            raise ValueError(
                "`near` and `far` are 0 and 1 in normalized device "
                f"coordinates. Received: {self.near:g} and {self.far:g}. Set "
                "near=0.0, far=1.0."
            )
        if self.coarsest_size > self.grid_size:
            raise ValueError(
                "`coarsest_size` must be at most `grid_size`. Received: "
                f"{self.coarsest_size} and {self.grid_size}."
            )

    @classmethod
    def tiny(cls) -> Self:
        return cls(
            view_size=(4, 5),
            focal=5.0,
            num_coarse=8,
            num_fine=4,
            position_frequencies=3,
            direction_frequencies=2,
            width=8,
            depth=3,
            skip_layer=1,
            grid_size=6,
            num_levels=2,
            coarsest_size=3,
            table_size=64,
            head_width=8,
            occupancy_size=4,
            occupancy_every_steps=2,
            occupancy_warmup_steps=4,
            chunk_size=16,
        )
