"""Small scenes in the formats of others, for tests."""

import json
import math

import numpy as np
from PIL import Image

from keras_gen.ops import cameras

SIZE = 6, 8
FOCAL = 10.0
RANDOM = np.random.default_rng(0)


def poses(num=4):
    return cameras.turntable(num, 4.0, 0.5)


def images(num=4, channels=4):
    return RANDOM.integers(0, 256, (num, *SIZE, channels), dtype=np.uint8)


def write_images(folder, pixels):
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"r_{i}.png" for i in range(len(pixels))]
    for path, each in zip(paths, pixels, strict=True):
        Image.fromarray(each).save(path)
    return paths


def write_blender(folder, pixels=None, matrices=None):
    pixels = images() if pixels is None else pixels
    matrices = poses() if matrices is None else matrices
    for split in ("train", "test"):
        write_images(folder / split, pixels)
        frames = [
            {"file_path": f"./{split}/r_{i}", "transform_matrix": m.tolist()}
            for i, m in enumerate(matrices)
        ]
        angle = 2.0 * math.atan(0.5 * SIZE[1] / FOCAL)
        text = json.dumps({"camera_angle_x": angle, "frames": frames})
        (folder / f"transforms_{split}.json").write_text(text)
    return pixels, matrices


def write_npz(path, **changes):
    arrays = {"focal": np.float32(FOCAL)}
    for split in ("train", "test"):
        arrays |= {f"{split}_rgba": images(), f"{split}_poses": poses()}
    np.savez(path, **arrays | changes)
    return path
