"""The diffusion trainer makes two steps and a model that draws classes."""

import pathlib
import subprocess
import sys

import numpy as np

import keras_gen

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def test_a_short_run_leaves_a_model_that_draws_classes(tmp_path):
    random = np.random.default_rng(0)
    np.savez(
        tmp_path / "pictures.npz",
        x_train=random.integers(0, 256, (8, 8, 8, 1), dtype=np.uint8),
        y_train=np.arange(8) % 3,
        x_test=random.integers(0, 256, (4, 8, 8, 1), dtype=np.uint8),
        y_test=np.arange(4) % 3,
    )
    flags = {
        "workdir": tmp_path / "run",
        "dataset": "folder",
        "data_dir": tmp_path,
        "batch_size": 4,
        "num_epochs": 1,
        "widths": "4,8",
        "attention_levels": 1,
        "num_groups": 2,
        "num_heads": 2,
        "num_steps": 2,
        "num_samples": 4,
        "conditional": True,
    }
    done = subprocess.run(
        [
            *(sys.executable, "-m", "trainers.train_diffusion"),
            *(f"--{name}={value}" for name, value in flags.items()),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    model = keras_gen.load(tmp_path / "run" / "model.keras")
    assert int(model.step) == 2
    assert model.config.num_classes == 3
    assert model.generate(3, label=2).shape == (3, 8, 8, 1)
