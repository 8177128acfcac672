"""The autoencoder's trainer: a short run, its scale, and LPIPS from a file."""

import json

import numpy as np
import pytest

import keras_gen
from keras_gen import callbacks
from tests.trainers import programs
from trainers import autoencoder_run, autoencoder_sheet


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Two batches of pictures in an archive."""
    return programs.pictures(tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="module")
def workdir(images, tmp_path_factory):
    """Of a whole run of both players: one epoch of two steps."""
    workdir = tmp_path_factory.mktemp("runs") / "autoencoder"
    flags = {
        "workdir": workdir,
        "dataset": "folder",
        "data_dir": images,
        "batch_size": 4,
        "num_epochs": 1,
        "widths": "4,8",
        "num_blocks": 1,
        "num_groups": 2,
        "latent_channels": 2,
        "adversarial_weight": 0.5,
        "discriminator_widths": "4,8",
        "discriminator_optimizer": "sgd",
        "num_samples": 4,
    }
    done = programs.run("train_autoencoder", **flags)
    assert done.returncode == 0, done.stderr[-3000:]
    return workdir


def test_a_short_run_leaves_a_model_with_its_scale(workdir, images):
    model = keras_gen.load(workdir / "model.keras")
    assert int(model.step) == 2
    kinds = [type(each).__name__ for each in model.optimizers]
    assert kinds == ["Adam", "SGD"] and model.optimizer.beta_1 == 0.5
    levels = np.load(images / "pictures.npz")["x_train"]
    scale = float(model.scale)
    assert scale != 1.0
    found = model.adapt_scale((levels / 127.5 - 1).astype(np.float32))
    assert found == pytest.approx(scale, rel=1e-5)
    row = json.loads((workdir / "metrics.jsonl").read_text())
    assert np.isfinite(row["val_discriminator_loss"])
    samples = {each.name for each in (workdir / "samples").iterdir()}
    assert samples == {
        "epoch-0001.png",
        "reconstruct-0001.png",
        "samples.gif",
    }


def test_the_last_checkpoint_has_the_scale(workdir, tmp_path):
    before = keras_gen.load(workdir / "model.keras")
    other = keras_gen.KLAutoencoder(before.config)
    other.compile("adam", discriminator_optimizer="sgd")
    log = callbacks.MetricsLog(tmp_path / "metrics.jsonl")
    checkpoint = callbacks.Checkpoint(workdir / "checkpoints", others=[log])
    assert checkpoint.restore(other) == 2
    assert float(other.scale) == float(before.scale)


def test_file_and_weight_go_together():
    given = autoencoder_run.AutoencoderRunConfig(
        workdir="runs", perceptual_file="lpips.npz"
    )
    none = autoencoder_run.AutoencoderRunConfig(workdir="runs")
    assert autoencoder_run.perceptual_of(none, 0.0) is None
    for run_config, weight in ((given, 0.0), (none, 1.0)):
        with pytest.raises(ValueError, match="`perceptual_file` and `percep"):
            autoencoder_run.perceptual_of(run_config, weight)
    with pytest.raises(ValueError, match="lpips.npz cannot be read"):
        autoencoder_run.perceptual_of(given, 1.0)
    assert "perceptual_file" in given.fixed


def test_what_a_user_can_mend_is_one_line(images, tmp_path):
    done = programs.run(
        "train_autoencoder",
        workdir=tmp_path / "run",
        dataset="folder",
        data_dir=images,
        widths="8,8,8,8,8",
    )
    assert done.returncode == 1
    assert "`image_shape` must be" in done.stderr
    assert "divide by 16" in done.stderr and "Traceback" not in done.stderr


def test_sheets_show_images_beside_what_became_of_them(tmp_path):
    import imageio.v3 as imageio

    model = keras_gen.KLAutoencoder(keras_gen.KLAutoencoderConfig.tiny())
    random = np.random.default_rng(0)
    images = random.uniform(-1, 1, (5, 8, 8, 1)).astype(np.float32)
    sheet = autoencoder_sheet.AutoencoderSheet(
        tmp_path, images, num=3, every_epochs=2
    )
    sheet.set_model(model)
    sheet.on_epoch_end(0)
    assert not list(tmp_path.iterdir()) and float(model.scale) != 1.0
    sheet.on_epoch_end(1)
    (path,) = tmp_path.iterdir()
    shown = imageio.imread(path)
    assert path.name == "reconstruct-0002.png" and shown.shape[:2] == (8, 48)
    levels = np.round((images[0, ..., 0] + 1) * 127.5)
    first = shown if shown.ndim == 2 else shown[..., 0]
    np.testing.assert_array_equal(first[:, :8], levels)


def test_evaluate_measures_maps_and_refuses_a_distance_without_use(
    workdir, images
):
    flags = {
        "model": workdir / "model.keras",
        "dataset": "folder",
        "data_dir": images,
    }
    done = programs.run("evaluate", **flags)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads((workdir / "metrics.json").read_text())["metrics"]
    assert 0 <= found["active_units"] <= 4 * 4 * 2
    done = programs.run("evaluate", **flags, perceptual_file="missing.npz")
    assert done.returncode == 1 and "cannot be read" in done.stderr
