"""The DCGAN trainer makes models that draw, with classes if asked for."""

import pytest

import keras_gen
from tests.trainers import programs


def run(directory, **flags):
    """One epoch of two steps in a process of its own."""
    flags = {
        "workdir": directory / "run",
        "dataset": "folder",
        "data_dir": programs.pictures(directory, num_classes=3),
        "batch_size": 4,
        "num_epochs": 1,
        "generator_widths": "4,6",
        "discriminator_widths": "4,6",
        "latent_size": 2,
        "num_samples": 4,
        "evaluate_every_epochs": 0,
    } | flags
    return programs.run("train_dcgan", **flags)


@pytest.mark.parametrize("conditional", [False, True])
def test_a_short_run_leaves_a_model_that_draws(tmp_path, conditional):
    done = run(tmp_path, conditional=conditional)
    assert done.returncode == 0, done.stderr[-3000:]
    model = keras_gen.load(tmp_path / "run" / "model.keras")
    assert int(model.step) == 2
    assert model.config.num_classes == (3 if conditional else 0)
    assert model.generate(3).shape == (3, 8, 8, 1)


def test_a_label_hack_with_hinge_is_one_line(tmp_path):
    done = run(tmp_path, loss="hinge", flip_rate=0.1)
    assert done.returncode == 1
    assert "The loss hinge compares logits and has none" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()
