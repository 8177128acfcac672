"""The GAN trainer makes two steps and a model that draws."""

import keras_gen
from tests.trainers import programs


def test_a_short_run_leaves_a_model_that_draws(tmp_path):
    flags = {
        "workdir": tmp_path / "gan",
        "dataset": "folder",
        "data_dir": programs.pictures(tmp_path),
        "batch_size": 4,
        "num_epochs": 1,
        "generator_widths": 4,
        "discriminator_widths": 4,
        "latent_size": 2,
        "num_samples": 4,
    }
    done = programs.run("train_gan", **flags)
    assert done.returncode == 0, done.stderr[-3000:]
    model = keras_gen.load(tmp_path / "gan" / "model.keras")
    assert int(model.step) == 2
    assert [o.beta_1 for o in model.optimizers] == [0.5, 0.5]
    assert model.generate(3).shape == (3, 8, 8, 1)
