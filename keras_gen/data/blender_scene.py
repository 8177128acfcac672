"""Scenes as Blender writes them for NeRF: transforms_SPLIT.json and images.

Reference: Mildenhall et al. 2020, arXiv 2003.08934, section 6.
"""

import json
import math
import pathlib

import numpy as np

from keras_gen.data import photographs
from keras_gen.data.examples import DataError
from keras_gen.data.scenes import Scene

LAYOUT = "transforms_SPLIT.json"


def read(place: pathlib.Path, name: str, split: str) -> Scene | None:
    """The scene of a folder, or None where there is no such file.

    Raises:
        DataError: a file is damaged, lacks a field, or names images that are
            missing or differ in size.
    """
    path = place / f"transforms_{split}.json"
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text())
        frames = found["frames"]
        files = [_image(place, each["file_path"]) for each in frames]
        poses = np.array([f["transform_matrix"] for f in frames], np.float32)
        angle = float(found["camera_angle_x"])
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"{path} must be JSON with camera_angle_x and frames, each with "
            f"file_path and transform_matrix [4, 4]. Received: {error!r}."
        ) from error
    if not files:
        raise DataError(f"{path} must name two frames or more. It has none.")
    images = photographs.read(files)
    return Scene(
        images,
        poses,
        0.5 * images.shape[2] / math.tan(0.5 * angle),
        float(found.get("near", 2.0)),
        float(found.get("far", 6.0)),
        name,
        split,
        str(path),
    )


def _image(place: pathlib.Path, name: str) -> pathlib.Path:
    path = place / name
    return path if path.suffix else path.with_suffix(".png")
