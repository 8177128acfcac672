"""The GAN trainer makes two steps and a model that draws."""

import pathlib
import subprocess
import sys

import numpy as np

import keras_gen

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def test_a_short_run_leaves_a_model_that_draws(tmp_path):
    random = np.random.default_rng(0)
    np.savez(
        tmp_path / "pictures.npz",
        x_train=random.integers(0, 256, (8, 8, 8, 1), dtype=np.uint8),
        x_test=random.integers(0, 256, (4, 8, 8, 1), dtype=np.uint8),
    )
    flags = {
        "workdir": tmp_path / "gan",
        "dataset": "folder",
        "data_dir": tmp_path,
        "batch_size": 4,
        "num_epochs": 1,
        "generator_widths": 4,
        "discriminator_widths": 4,
        "latent_size": 2,
        "num_samples": 4,
    }
    done = subprocess.run(
        [
            *(sys.executable, "-m", "trainers.train_gan"),
            *(f"--{name}={value}" for name, value in flags.items()),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    model = keras_gen.load(tmp_path / "gan" / "model.keras")
    assert int(model.step) == 2
    assert [o.beta_1 for o in model.optimizers] == [0.5, 0.5]
    assert model.generate(3).shape == (3, 8, 8, 1)
