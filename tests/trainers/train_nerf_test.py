"""The trainer of scenes leaves a model that the renderer draws."""

import json

import imageio.v3 as imageio
import numpy as np

import keras_gen
from tests.keras_gen.data import scene_files
from tests.trainers import programs

SMALL = {
    "field": "hash",
    "num_levels": 2,
    "table_size": 64,
    "grid_size": 8,
    "coarsest_size": 4,
    "num_coarse": 8,
    "head_width": 8,
    "occupancy_size": 4,
    "batch_size": 16,
    "num_epochs": 1,
    "steps_per_epoch": 3,
    "warmup_steps": 0,
    "precrop_steps": 1,
    "jit_compile": False,
}


def test_a_short_run_leaves_a_scene_to_look_at(tmp_path):
    pixels = np.full((4, 12, 14, 4), 200, np.uint8)
    scene_files.write_npz(
        tmp_path / "small.npz", train_rgba=pixels, test_rgba=pixels
    )
    done = programs.run(
        "train_nerf",
        workdir=tmp_path / "run",
        scene="small",
        data_dir=tmp_path / "small.npz",
        strategy="cores",  # Scenes are read by TensorFlow before it is made.
        **SMALL,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    path = tmp_path / "run" / "model.keras"
    config = keras_gen.load(path).config
    assert (config.view_size, config.near, config.far) == ((12, 14), 2.0, 6.0)
    (row,) = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    assert np.isfinite(json.loads(row)["view_psnr"])

    turn, view = tmp_path / "turn.gif", tmp_path / "view.npz"
    for output, options in ((turn, {}), (view, {"image_size": "6,8"})):
        options |= {"model": path, "output": output, "num_views": 2}
        done = programs.run("render", **options)
        assert done.returncode == 0, done.stderr[-3000:]
    assert imageio.imread(turn, index=None).shape == (2, 12, 14, 3)
    with np.load(view) as arrays:
        assert arrays["depth"].shape == (6, 8)

    done = programs.run(
        "evaluate_nerf", model=path, data_dir=tmp_path / "small.npz"
    )
    assert done.returncode == 0, done.stderr[-3000:]
    first, *figures = done.stdout.splitlines()
    assert first == "4 test views of analytic, 12 x 14, white background"
    assert [line.split()[0] for line in figures] == ["PSNR", "SSIM"]


def test_what_cannot_be_rendered_is_one_line(tmp_path):
    done = programs.run("render", model="none", output=tmp_path / "a.jpeg")
    assert done.returncode == 1
    assert "`output` must end in .gif, .png, .npz or .ply" in done.stderr
    size = {"output": tmp_path / "a.png", "image_size": "6"}
    done = programs.run("render", model="none", **size)
    assert "`image_size` must be height,width in pixels" in done.stderr


def test_a_scene_without_opacity_is_one_line(tmp_path):
    scene_files.write_blender(tmp_path, scene_files.images(channels=3))
    run = tmp_path / "run"
    done = programs.run("train_nerf", workdir=run, data_dir=tmp_path, **SMALL)
    assert done.returncode == 1
    assert "`white_background` needs images with opacity" in done.stderr
    assert not run.exists()
