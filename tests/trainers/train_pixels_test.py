"""The trainer of pixel models: two steps, its networks, and wrong flags."""

import json

import numpy as np
import pytest

import keras_gen
from tests.trainers import programs
from trainers import evaluate, sample


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    return programs.pictures(tmp_path_factory.mktemp("images"), 2)


@pytest.fixture(scope="module")
def trained(images, tmp_path_factory):
    """The workdir of a run of one epoch, by class."""
    workdir = tmp_path_factory.mktemp("runs") / "pixels"
    done = programs.run(
        "train_pixels",
        "--conditional",
        workdir=workdir,
        dataset="folder",
        data_dir=images,
        binarization="threshold",
        network="gated_pixel_cnn",
        batch_size=4,
        num_epochs=1,
        width=4,
        num_layers=1,
        num_samples=4,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return workdir


def test_a_run_leaves_a_model_with_classes_and_its_network(trained):
    model = keras_gen.load(trained / "model.keras")
    assert isinstance(model, keras_gen.GatedPixelCNN)
    assert model.config.num_classes == 2 and model.config.width == 4
    assert model.config.head_width == 64  # Its own default.
    row = json.loads((trained / "metrics.jsonl").read_text())
    assert row["step"] == 2 and np.isfinite(row["val_loss"])
    assert "--network=gated_pixel_cnn" in (trained / "flags.txt").read_text()


def test_it_completes_and_is_measured(trained):
    model = keras_gen.load(trained / "model.keras")
    model.compile("adam")
    originals = model.image_spec.example(2)
    labels = np.array([0, 1], np.int32)
    images, columns = sample.draw(
        model, "complete", 2, num_steps=4, originals=originals, labels=labels
    )
    assert images.shape == (8, 8, 8, 1) and columns == 4
    rows = images.reshape(2, 4, 8, 8, 1)
    np.testing.assert_array_equal(rows[:, 0], originals)
    np.testing.assert_array_equal(rows[:, 1, 4:], 0.0)
    np.testing.assert_allclose(rows[:, 2, :4], originals[:, :4], atol=1e-6)
    batches = [{"images": originals, "labels": labels}]
    found = evaluate.measure(model, _dataset(batches), 0, seed=0)
    mean = model.log_prob(originals, labels).mean()
    assert found["loss"] == pytest.approx(-mean, rel=1e-5)
    bits = -mean / 64 / np.log(2)
    assert found["loss_bits_per_dim"] == pytest.approx(bits, rel=1e-5)
    with pytest.raises(ValueError, match="needs a model with bits_per_dim of"):
        evaluate.likelihood(model, batches, 1, 0)


def _dataset(batches):
    import tensorflow as tf

    return tf.data.Dataset.from_tensors(batches[0])


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"kind": "row"}, "`kind` belongs to another kind of model than"),
        ({"kernel_size": 4}, "`kernel_size` must be odd"),
    ],
)
def test_what_a_user_can_mend_is_one_line(images, tmp_path, flags, message):
    done = programs.run(
        "train_pixels",
        workdir=tmp_path / "run",
        dataset="folder",
        data_dir=images,
        **flags,
    )
    assert done.returncode == 1
    assert message in done.stderr and "Traceback" not in done.stderr
