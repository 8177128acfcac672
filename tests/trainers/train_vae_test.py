"""The VAE trainer: two steps, resumed, tried dry, and used wrongly."""

import dataclasses
import json
import subprocess
import sys

import keras
import numpy as np
import pytest

import keras_gen
from keras_gen import artifacts, callbacks, data
from keras_gen.models.vae import autoencoder_config, vae_config
from tests.trainers import programs
from trainers import image_loop, image_run


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Two batches of pictures in an archive."""
    return programs.pictures(tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="module")
def trained(images, tmp_path_factory):
    """(workdir, process) of a whole run: one epoch of two steps."""
    workdir = tmp_path_factory.mktemp("runs") / "vae"
    done = programs.run(
        "train_vae",
        workdir=workdir,
        dataset="folder",
        data_dir=images,
        batch_size=4,
        num_epochs=1,
        widths=4,
        latent_size=2,
        num_samples=4,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return workdir, done


def test_a_run_leaves_model_samples_curves_and_card(trained):
    workdir, done = trained
    model = keras_gen.load(workdir / "model.keras")
    assert model.config.image_shape == (8, 8, 1)
    assert model.config.latent_size == 2 and int(model.step.value) == 2
    row = json.loads((workdir / "metrics.jsonl").read_text())
    assert row["step"] == 2 and np.isfinite(row["val_elbo"])
    names = {each.name for each in workdir.iterdir()}
    assert names >= {
        "MODEL_CARD.md",
        "checkpoints",
        "config.json",
        "flags.txt",
        "tensorboard",
    }
    samples = {each.name for each in (workdir / "samples").iterdir()}
    assert samples == {"epoch-0001.png", "samples.gif"}
    artifacts.verify_directory(workdir / "checkpoints" / "step-000000002")
    assert f"Wrote {workdir / 'model.keras'}" in done.stdout
    assert "2/2" in done.stderr and "Traceback" not in done.stderr


def test_the_same_command_has_nothing_left_to_do_and_says_so(trained):
    workdir, _ = trained
    before = keras_gen.load(workdir / "model.keras").trainable_variables
    metrics = (workdir / "metrics.jsonl").read_text()
    done = programs.run("train_vae", flagfile=workdir / "flags.txt")
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Resuming at step 2 of 2." in done.stdout
    after = keras_gen.load(workdir / "model.keras").trainable_variables
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one.value, other.value)
    assert (workdir / "metrics.jsonl").read_text() == metrics


def test_help_comes_without_tensorflow_and_has_an_example():
    command = [sys.executable, "-X", "importtime", "-m", "trainers.train_vae"]
    done = subprocess.run(
        [*command, "--help"],
        cwd=programs.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "python -m trainers.train_vae --workdir=runs/vae" in done.stdout
    assert "--latent_size" in done.stdout and "--batch_size" in done.stdout
    imported = {line.split("|")[-1].strip() for line in done.stderr.split("\n")}
    assert "absl.flags" in imported
    assert not imported & {"tensorflow", "keras"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--dataset=mnits"], "error: `name` must be one of digits, mnist"),
        (["--dataset=folder", "--data_dir=/nowhere"], "must exist. Received"),
    ],
)
def test_what_a_user_can_mend_is_one_line(tmp_path, arguments, message):
    done = programs.run("train_vae", *arguments, workdir=tmp_path / "run")
    assert done.returncode == 1
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "run").exists()


def test_a_missing_workdir_is_a_mistake_in_the_flags():
    done = programs.run("train_vae")
    assert done.returncode == 1
    assert "`workdir` is missing: name a directory" in done.stderr
    assert "Traceback" not in done.stderr


def options(images, **changes):
    """RunConfig of a small run in this process."""
    fields = {
        "dataset": "folder",
        "data_dir": str(images),
        "batch_size": 2,
        "num_epochs": 2,
        "num_samples": 1,
        "checkpoint_every_steps": 1,
        "keep_checkpoints": 100,
    }
    return image_run.ImageRunConfig(**fields | changes)


def train(run, config=None):
    """Trains a plain autoencoder on what `run` names."""
    config = config or autoencoder_config.AutoencoderConfig.tiny()
    keras.utils.set_random_seed(config.seed)
    image_loop.train(
        lambda: keras_gen.Autoencoder(config=config), run, image_loop.load(run)
    )


def test_dry_run_reports_and_keeps_nothing(tmp_path, images, capsys):
    train(options(images, workdir=str(tmp_path / "run"), dry_run=True))
    shown = capsys.readouterr().out
    assert "Input: images [2, 8, 8, 1]" in shown
    assert "2 steps: loss " in shown
    assert "5 endpoints, greatest difference" in shown
    assert not (tmp_path / "run").exists()


def test_a_run_of_another_config_is_protected_until_overwritten(
    tmp_path, images
):
    run = options(images, workdir=str(tmp_path), num_epochs=1)
    train(run)
    (tmp_path / "notes.txt").touch()
    config = autoencoder_config.AutoencoderConfig(
        image_shape=(8, 8, 1), latent_size=4, widths=(8,)
    )
    with pytest.raises(artifacts.ArtifactError, match="latent_size: 3 -> 4"):
        train(run, config)
    train(dataclasses.replace(run, overwrite=True), config)
    assert keras_gen.load(tmp_path / "model.keras").config == config
    assert (tmp_path / "notes.txt").exists()


class Killed(Exception):
    pass


def test_a_run_killed_within_an_epoch_ends_as_if_it_had_not_been(
    tmp_path, images, monkeypatch
):
    def kill_at_step_3(self, batch, logs=None):
        if int(self.model.step.value) == 3:
            raise Killed

    whole = options(
        images, workdir=str(tmp_path / "whole"), steps_per_execution=1
    )
    killed = dataclasses.replace(whole, workdir=str(tmp_path / "killed"))
    train(whole)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        # The first callback in the list: step 2 has a checkpoint, 3 has not.
        patch.setattr(callbacks.Progress, "on_train_batch_end", kill_at_step_3)
        train(killed)
    train(killed)
    names = ("whole", "killed")
    models = [keras_gen.load(tmp_path / n / "model.keras") for n in names]
    weights = [m.trainable_variables + m.optimizer.variables for m in models]
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one.value, other.value)
    rows, resumed_rows = [
        callbacks.MetricsLog(tmp_path / name / "metrics.jsonl").rows()
        for name in names
    ]
    for row, resumed in zip(rows, resumed_rows, strict=True):
        assert row | {"seconds": 0} == resumed | {"seconds": 0}


def test_more_images_than_a_batch_are_needed(images, tmp_path):
    with pytest.raises(ValueError, match="`batch_size` must not exceed the 8"):
        train(options(images, workdir=str(tmp_path), batch_size=9))
    with pytest.raises(data.DataError, match="`data_dir` must be given"):
        image_loop.load(options(images, data_dir="", workdir=str(tmp_path)))


def test_the_trainer_takes_every_field_of_the_config(trained):
    text = (trained[0] / "flags.txt").read_text()
    fields = vae_config.VAEConfig.__dataclass_fields__
    assert all(f"--{name}=" in text for name in fields)
