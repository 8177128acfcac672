"""Renders a trained NeRF.

    python -m trainers.render --model=runs/nerf/model.keras --output=turn.gif

writes a turn around the scene, in some seconds. The ending of --output says
what it becomes:

    .gif        a turn of --num_views views from --elevation degrees
    .png        one view, from --azimuth and --elevation degrees; with --show
                its depth, opacity or normals instead of its colours
    .npz        the same view as arrays: images, depth, opacity
    .ply, .obj, .stl, .glb
                the surface where the field has --density, on a grid of
                --mesh_size vertices along an edge
"""

import math
import pathlib
from typing import Any

from absl import app, flags

from keras_gen import console

MESHES = (".ply", ".obj", ".stl", ".glb")
SHOWN = ("images", "depth", "opacity", "normals")

_MODEL = flags.DEFINE_string(
    "model", None, "File `model.keras` of a NeRF.", required=True
)
_OUTPUT = flags.DEFINE_string("output", None, "File to write.", required=True)
_SHOW = flags.DEFINE_enum("show", "images", SHOWN, "What a .png shows.")
_NUM_VIEWS = flags.DEFINE_integer("num_views", 24, "Of a turn.", 2)
_AZIMUTH = flags.DEFINE_float("azimuth", 30.0, "Of a view, in degrees.")
_ELEVATION = flags.DEFINE_float(
    "elevation", 30.0, "Of the camera above the horizon, in degrees."
)
_RADIUS = flags.DEFINE_float(
    "radius", 0.0, "Distance of the camera; 0 for the middle of its depths."
)
_FOCAL = flags.DEFINE_float(
    "focal",
    0.0,
    "In pixels; 0 for that of the photographs, in proportion to the width.",
    0.0,
)
_IMAGE_SIZE = flags.DEFINE_list(
    "image_size", [], "Height and width; those of the photographs if left out."
)
_DENSITY = flags.DEFINE_float("density", 10.0, "On the surface of a mesh.")
_MESH_SIZE = flags.DEFINE_integer("mesh_size", 128, "Of a mesh.", 2)


def main(argv: list[str]) -> None:
    """Model -> views or mesh -> one file."""
    del argv
    with console.explained():
        path = pathlib.Path(_OUTPUT.value)
        if path.suffix not in (".gif", ".png", ".npz", *MESHES):
            raise ValueError(
                "`output` must end in .gif, .png, .npz or "
                f"{', '.join(MESHES)}. Received: {path}."
            )
        _lens()  # Or says what is wrong.
        import keras_gen

        model = keras_gen.load(_MODEL.value)
        if not isinstance(model, keras_gen.NeRF):
            raise ValueError(
                "`model` must be a NeRF. Received: "
                f"{type(model).__name__} in {_MODEL.value}."
            )
        _write(model, path)
        print(f"Wrote {path}.")


def _write(model: Any, path: pathlib.Path) -> None:
    import numpy as np

    from keras_gen import artifacts, callbacks
    from keras_gen.ops import images as image_ops

    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix in MESHES:
        found = model.to_mesh(_MESH_SIZE.value, _DENSITY.value)
        with artifacts.atomic_file(path, seal=False) as temporary:
            found.export(temporary, file_type=path.suffix[1:])
        return
    if path.suffix == ".gif":
        found = model.render_path(_poses(model), **_lens())
        frames = image_ops.to_uint8(found["images"]).numpy()
        callbacks.write_gif(list(frames), path)
        return
    pose = _poses(model)[0]
    if path.suffix == ".npz":
        found = model.render(pose, **_lens())
        with (
            artifacts.atomic_file(path, seal=False) as temporary,
            open(temporary, "wb") as file,
        ):
            np.savez_compressed(file, pose=pose, **found)
        return
    callbacks.write_sheet(shown(model, pose, _SHOW.value)[np.newaxis], path)


def shown(model: Any, pose: Any, what: str) -> Any:
    """A view as an image [H, W, 1 or 3] in [-1, 1].

    Args:
        model: a NeRF.
        pose: [4, 4].
        what: one of SHOWN; of depths the nearest is white.
    """
    import numpy as np

    if what == "normals":
        return model.normals(pose, **_lens()).astype(np.float32)
    found = model.render(pose, **_lens())[what]
    if what == "images":
        return found
    if what == "depth":
        nearest, farthest = found.min(), found.max()
        found = (farthest - found) / max(farthest - nearest, 1e-6)
    return 2.0 * found[..., np.newaxis] - 1.0


def _lens() -> dict[str, Any]:
    """Arguments of `NeRF.render`."""
    given = _IMAGE_SIZE.value
    if given and not (len(given) == 2 and all(map(str.isdecimal, given))):
        raise ValueError(
            "`image_size` must be height,width in pixels. Received: "
            f"{','.join(given)}."
        )
    size = tuple(map(int, given))
    return {"focal": _FOCAL.value or None, "view_size": size or None}


def _poses(model: Any) -> Any:
    """Of a turn, the first of which stands at the azimuth."""
    import numpy as np

    from keras_gen.ops import cameras

    if model.config.ndc:
        raise ValueError(
            "A turn needs a scene with cameras around it. Received a model in "
            "normalized device coordinates (ndc): use `NeRF.render_path`."
        )
    middle = 0.5 * (model.config.near + model.config.far)
    poses = cameras.turntable(
        _NUM_VIEWS.value,
        _RADIUS.value or middle,
        math.radians(_ELEVATION.value),
    )
    turn, angle = np.eye(4, dtype=np.float32), math.radians(_AZIMUTH.value)
    turn[:2, :2] = [
        [math.cos(angle), -math.sin(angle)],
        [math.sin(angle), math.cos(angle)],
    ]
    return turn @ poses


if __name__ == "__main__":
    app.run(main)
