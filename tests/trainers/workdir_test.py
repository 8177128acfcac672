"""A workdir belongs to one run, and keeps what others put into it."""

import dataclasses
import json

import pytest
from absl import flags

from keras_gen import artifacts
from keras_gen.models.vae import vae_config
from trainers import flags_from, image_run, workdir

MODEL = vae_config.VAEConfig(latent_size=8)


@pytest.fixture
def work(tmp_path):
    return workdir.Workdir(tmp_path / "run")


@pytest.fixture
def run(work):
    return image_run.ImageRunConfig(workdir=str(work.root), batch_size=64)


def content(work):
    """{name: bytes} of all files."""
    files = (each for each in work.root.rglob("*") if each.is_file())
    return {str(f.relative_to(work.root)): f.read_bytes() for f in files}


def test_a_new_workdir_gets_config_and_flags(work, run):
    workdir.claim(work, "VAE", MODEL, run)
    assert set(content(work)) == {"config.json", "flags.txt"}
    found = json.loads(work.config.read_text())
    assert found["model"] == "VAE"
    assert vae_config.VAEConfig.from_dict(found["config"]) == MODEL
    assert found["run"]["batch_size"] == 64


def test_the_flags_are_a_flagfile_that_never_overwrites(work, run):
    overwriting = dataclasses.replace(run, overwrite=True)
    workdir.claim(work, "VAE", MODEL, overwriting)
    values = flags.FlagValues()
    classes = image_run.ImageRunConfig, vae_config.VAEConfig
    flags_from.define(*classes, values=values)
    values(["program", f"--flagfile={work.flags}"])
    assert flags_from.build(image_run.ImageRunConfig, values) == run
    assert flags_from.build(vae_config.VAEConfig, values) == MODEL


def test_the_same_run_may_come_back_and_go_on_longer(work, run):
    workdir.claim(work, "VAE", MODEL, run)
    before = content(work)
    workdir.claim(work, "VAE", MODEL, run)
    assert content(work) == before
    longer = dataclasses.replace(run, num_epochs=99, strategy="mirrored")
    workdir.claim(work, "VAE", MODEL, longer)
    assert "--num_epochs=99" in work.flags.read_text()


def test_another_run_is_refused_with_every_difference(work, run):
    workdir.claim(work, "VAE", MODEL, run)
    before = content(work)
    other_model = dataclasses.replace(MODEL, latent_size=2, widths=(4,))
    other_run = dataclasses.replace(run, batch_size=32)
    with pytest.raises(artifacts.ArtifactError) as caught:
        workdir.claim(work, "Autoencoder", other_model, other_run)
    assert str(caught.value) == (
        f"{work.root} belongs to a run with another Config (model: VAE -> "
        "Autoencoder; latent_size: 8 -> 2; widths: [40, 80] -> [4]; "
        "batch_size: 64 -> 32). Choose another --workdir, give the same flags "
        f"(--flagfile={work.flags}), or pass --overwrite to delete that run."
    )
    assert content(work) == before


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"config": 3, "run": {}}'])
def test_a_foreign_config_is_refused(work, run, text):
    work.root.mkdir()
    work.config.write_text(text)
    with pytest.raises(
        artifacts.ArtifactError, match="is not the Config of a run. Choose"
    ):
        workdir.claim(work, "VAE", MODEL, run)
    assert work.config.read_text() == text


def test_clear_deletes_what_a_run_has_written_and_nothing_else(work, run):
    workdir.claim(work, "VAE", MODEL, run)
    for directory in (work.checkpoints, work.samples, work.tensorboard):
        directory.mkdir()
        (directory / "file").touch()
    for file in (work.model, work.metrics, work.card):
        file.touch()
    (work.root / "notes.txt").write_text("mine")
    (work.root / "data").mkdir()
    (work.root / "data" / "images.npz").touch()
    work.clear()
    assert set(content(work)) == {"notes.txt", "data/images.npz"}
    assert {p.name for p in work.root.iterdir()} == {"notes.txt", "data"}


def test_clear_of_a_workdir_that_does_not_exist(work):
    work.clear()
    assert not work.root.exists()
