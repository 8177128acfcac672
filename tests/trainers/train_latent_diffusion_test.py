"""The trainer of text to image makes a model; a phone draws what it draws."""

import json

import numpy as np
import PIL.Image
import pytest
from ai_edge_litert import interpreter

import keras_gen
from examples import text_to_image_on_device
from export import conversion
from tests.trainers import programs

TINY = {
    "batch_size": 4,
    "num_epochs": 1,
    "widths": 4,
    "num_blocks": 1,
    "num_groups": 2,
    "num_samples": 4,
}


def folder_of_pictures(directory):
    random = np.random.default_rng(0)
    for split in ("train", "test"):
        (directory / split).mkdir(parents=True)
        lines = []
        for index in range(4):
            levels = random.integers(0, 256, (8, 8, 3), dtype=np.uint8)
            name = f"{index}.png"
            PIL.Image.fromarray(levels).save(directory / split / name)
            lines.append(json.dumps({"file_name": name, "text": f"no {index}"}))
        text = "\n".join(lines) + "\n"
        (directory / split / "metadata.jsonl").write_text(text)
    return directory


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Of a short run, on an autoencoder with the scale of some images."""
    directory = tmp_path_factory.mktemp("runs")
    pictures = folder_of_pictures(directory / "pictures")
    autoencoder = keras_gen.KLAutoencoder(
        image_shape=(8, 8, 3), widths=(4, 8), num_blocks=1, num_groups=2
    )
    images = np.random.default_rng(0).uniform(-1, 1, (4, 8, 8, 3))
    autoencoder.adapt_scale(images.astype(np.float32))
    autoencoder.save(directory / "autoencoder.keras")
    done = programs.run(
        "train_latent_diffusion",
        workdir=directory / "text_to_image",
        dataset="folder",
        data_dir=pictures,
        autoencoder=directory / "autoencoder.keras",
        prompt_length=6,
        text_width=8,
        text_layers=1,
        text_heads=2,
        num_heads=2,
        attention_levels=0,
        num_steps=2,
        **TINY,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    prompts = (directory / "text_to_image" / "prompts.txt").read_text()
    assert prompts.splitlines() == ["no 0", "no 1", "no 2", "no 3"]
    return keras_gen.load(directory / "text_to_image" / "model.keras")


def test_a_short_run_leaves_a_model_that_draws_prompts(model):
    assert int(model.step) == 1
    assert model.config.latent_scale != 1.0
    images = model.generate(["no 1", "no 2"], image_size=(8, 16))
    assert images.shape == (2, 8, 16, 3)


def test_a_phone_draws_what_a_server_draws(model, tmp_path):
    parts = ["encode_text", "start", "denoise", "decode"]
    # A phone has no tables of words: they must not keep it from converting.
    model.export(tmp_path / "saved", ["tokenize", *parts])
    content = conversion.convert(tmp_path / "saved", parts, "none")
    lite = interpreter.Interpreter(model_content=content)
    found = text_to_image_on_device.draw(
        lite.get_signature_runner, "no 1", "no 3", 3.0, 7
    )
    expected = model.generate(
        ["no 1"], seed=7, negative_prompts="no 3", guidance_scale=3.0
    )
    np.testing.assert_allclose(found, expected[0], atol=1e-4)


def test_pictures_without_captions_are_refused(tmp_path):
    done = programs.run(
        "train_latent_diffusion", workdir=tmp_path / "run", dataset="digits"
    )
    assert done.returncode != 0
    assert "`captions` are needed, and digits" in done.stderr
    assert not (tmp_path / "run").exists()
