"""The diffusion trainer makes two steps and a model that draws classes."""

import keras_gen
from tests.trainers import programs


def test_a_short_run_leaves_a_model_that_draws_classes(tmp_path):
    flags = {
        "workdir": tmp_path / "run",
        "dataset": "folder",
        "data_dir": programs.pictures(tmp_path, num_classes=3),
        "batch_size": 4,
        "num_epochs": 1,
        "widths": "4,8",
        "num_blocks": 1,
        "attention_levels": 1,
        "num_groups": 2,
        "num_heads": 2,
        "num_steps": 2,
        "num_samples": 4,
        "conditional": True,
    }
    done = programs.run("train_diffusion", **flags)
    assert done.returncode == 0, done.stderr[-3000:]
    model = keras_gen.load(tmp_path / "run" / "model.keras")
    assert int(model.step) == 2
    assert model.config.num_classes == 3
    assert model.generate(3, label=2).shape == (3, 8, 8, 1)
