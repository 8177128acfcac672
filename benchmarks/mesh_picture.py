"""Draws a mesh, in its own colours and in the light of the sun.

    python -m benchmarks.mesh_picture --mesh=scene.ply --output=mesh.png

A scene becomes a mesh by `trainers.render --output=scene.ply`. Some seconds;
needs matplotlib and trimesh.
"""

from absl import app, flags

# What the shade leaves of a colour.
_SHADE = 0.35

_MESH = flags.DEFINE_string("mesh", None, "File of a mesh.", required=True)
_OUTPUT = flags.DEFINE_string("output", None, "PNG to write.", required=True)
_AZIMUTH = flags.DEFINE_float("azimuth", 30.0, "Of the viewer, in degrees.")
_ELEVATION = flags.DEFINE_float(
    "elevation", 30.0, "Of the viewer above the horizon, in degrees."
)
_SIDE = flags.DEFINE_integer("side", 400, "Of the picture, in pixels.", 16)


def main(argv: list[str]) -> None:
    """Mesh -> PNG."""
    del argv
    import matplotlib

    matplotlib.use("Agg")
    import trimesh
    from matplotlib import pyplot
    from mpl_toolkits.mplot3d import art3d

    mesh = trimesh.load_mesh(_MESH.value)
    figure = pyplot.figure(figsize=(_SIDE.value / 100,) * 2)
    axes = figure.add_axes((0, 0, 1, 1), projection="3d")
    faces = art3d.Poly3DCollection(
        mesh.triangles, facecolors=_lit(mesh), antialiased=False
    )
    axes.add_collection3d(faces)
    (low, high) = mesh.bounds
    for axis, bounds in zip("xyz", zip(low, high, strict=True), strict=True):
        getattr(axes, f"set_{axis}lim")(*bounds)
    axes.set_box_aspect(high - low, zoom=1.2)
    axes.set_axis_off()
    axes.view_init(_ELEVATION.value, _AZIMUTH.value)
    figure.savefig(_OUTPUT.value, dpi=100)


def _lit(mesh):
    """Colours [F, 3] in [0, 1] of faces, under a sun behind the viewer."""
    import numpy as np

    azimuth, height = np.radians([_AZIMUTH.value + 30, _ELEVATION.value + 20])
    flat = np.cos(height)
    sun = [flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(height)]
    light = np.clip(mesh.face_normals @ sun, 0.0, 1.0)
    share = _SHADE + (1.0 - _SHADE) * light
    return mesh.visual.face_colors[:, :3] / 255.0 * share[:, np.newaxis]


if __name__ == "__main__":
    app.run(main)
