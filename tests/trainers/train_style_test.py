"""Photographs get a style: by pixels, by a network, by a decoder."""

import numpy as np
import pytest
from PIL import Image

import keras_gen
from keras_gen import networks
from tests.trainers import programs


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder with photographs, a style and weights of VGG-19."""
    folder = tmp_path_factory.mktemp("style")
    random = np.random.default_rng(0)
    for split, count in (("train", 4), ("test", 2)):
        (folder / "photos" / split).mkdir(parents=True)
        for index in range(count):
            levels = random.integers(0, 256, (18, 20, 3), np.uint8)
            path = folder / "photos" / split / f"{index}.png"
            Image.fromarray(levels).save(path)
    network = networks.vgg19(["block4_conv1"])
    np.savez(
        folder / "vgg.npz",
        **{
            f"{layer.name}/{variable.name}": np.float16(variable)
            for layer in network.layers
            for variable in layer.weights
        },
    )
    return folder


def run(files, tmp_path, program, **flags):
    common = {
        "workdir": tmp_path / "run",
        "dataset": "folder",
        "data_dir": files / "photos",
        "image_size": "16,16",
        "vgg_file": files / "vgg.npz",
        "batch_size": 2,
        "num_epochs": 1,
        "num_samples": 6,
    }
    done = programs.run(program, **common | flags)
    assert done.returncode == 0, done.stderr[-3000:]
    (sheet,) = (tmp_path / "run" / "samples").glob("epoch-*.png")
    assert np.asarray(Image.open(sheet)).std() > 0
    return tmp_path / "run" / "model.keras"


def stylize(files, tmp_path, **flags):
    photo = files / "photos" / "test" / "0.png"
    common = {"content": photo, "output": tmp_path / "painted.png"}
    done = programs.run("stylize", **common | flags)
    assert done.returncode == 0, done.stderr[-3000:]
    return np.asarray(Image.open(tmp_path / "painted.png")), done.stdout


def test_a_network_of_two_styles(files, tmp_path):
    styles = [files / "photos" / "train" / f"{k}.png" for k in (0, 1)]
    layers = {
        "content_layers": "block1_conv2",
        "style_layers": "block1_conv1,block2_conv1",
        "widths": "4,4,4",
        "num_blocks": 1,
        "styles": ",".join(map(str, styles)),
        "image_size": "18,20",
        "crop_size": "16,16",
    }
    path = run(files, tmp_path, "train_fast_style", **layers)
    model = keras_gen.load(path)
    assert int(model.step) == 2 and model.config.num_styles == 2
    assert model.config.image_shape == (16, 16, 3)
    assert all(np.any(each) for each in model.grams)
    sheet, _ = stylize(files, tmp_path, model=path, image_size="16,24")
    assert sheet.shape == (16, 3 * 24, 3)  # The photograph, two styles.


def test_a_decoder_for_all_styles(files, tmp_path):
    options = {
        "style_dir": files / "photos",
        "crop_size": "16,16",
        "image_size": "18,20",
    }
    path = run(files, tmp_path, "train_adain", **options)
    style = files / "photos" / "train" / "0.png"
    image, _ = stylize(files, tmp_path, model=path, style=style, strength=0.5)
    assert image.shape == (18, 20, 3)


def test_pixels_are_optimised(files, tmp_path):
    image, said = stylize(
        files,
        tmp_path,
        style=f"{files / 'photos/train/0.png'},{files / 'photos/train/1.png'}",
        blend=True,
        vgg_file=files / "vgg.npz",
        content_layers="block2_conv1",
        style_layers="block1_conv1",
        num_steps=20,
        content_weight=1e-4,
        style_weight=1e-8,
    )
    assert image.shape == (18, 20, 3)
    losses = [float(line.split()[-1]) for line in said.splitlines()[:2]]
    assert losses[1] < losses[0]


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        ({"style": ""}, "`style` is missing: name the image file"),
        ({"content": "a.png,b.png"}, "`image_size` is missing: images of a"),
        ({"content_layers": "nose"}, "must be of block1_conv1, block1_conv2"),
        ({"vgg_file": "photo.npz"}, "photo.npz cannot be read"),
        ({"content": "missing.png"}, "missing.png cannot be read as an image"),
    ],
)
def test_what_it_cannot_do_is_one_line(files, tmp_path, flags, text):
    photo = files / "photos" / "test" / "0.png"
    common = {"content": photo, "style": photo, "vgg_file": files / "vgg.npz"}
    output = tmp_path / "out.png"
    done = programs.run("stylize", output=output, **common | flags)
    assert done.returncode == 1
    assert text in " ".join(done.stderr.split())
    assert not output.exists()


def test_weights_of_another_network_are_refused(files):
    arrays = dict(np.load(files / "vgg.npz"))
    arrays["block2_conv1/kernel"] = arrays["block2_conv2/kernel"]
    path = files / "other.npz"
    np.savez(path, **arrays)
    with pytest.raises(
        ValueError, match="block2_conv1/kernel of shape .*anoth"
    ):
        keras_gen.weights.vgg19(path, ["block3_conv1"])
    with pytest.raises(ValueError, match="has conv0/kernel of shape nothing"):
        keras_gen.weights.adain_decoder(path)
