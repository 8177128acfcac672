"""Any model with `generate` is judged, and every value has its protocol."""

import json
import types

import numpy as np
import pytest
import tensorflow as tf

import keras_gen
from keras_gen import data
from keras_gen.ops import images as image_ops
from tests import real_data
from tests.trainers import programs
from trainers import generator_metrics, judge_config


def examples(split, num, num_classes=2):
    """Noise with a bright row or a bright column, by the label."""
    random = np.random.default_rng(num)
    levels = random.integers(0, 100, (num, 8, 8, 1), dtype=np.uint8)
    labels = random.integers(0, num_classes, num, dtype=np.int32)
    for picture, label in zip(levels, labels, strict=True):
        line = random.integers(8)
        picture[(line,) if label else (slice(None), line)] = 200
    return data.Examples(levels, labels, "lines", split, "here", "none")


TRAIN, TEST = examples("train", 400), examples("test", 150)


def load(split):
    return {"train": TRAIN, "test": TEST}[split]


class Copier:
    """Generates training images: image i is that of seed + i."""

    def generate(self, num, seed=0):
        return image_ops.to_float(tf.constant(TRAIN.images[seed : seed + num]))


def measured(**fields):
    wanted = judge_config.JudgeConfig(**{"num_generated": 120} | fields)
    return generator_metrics.measure(Copier(), wanted, load, seed=5)


def values(found):
    return {k: v for each in found for k, v in each.values.items()}


@pytest.fixture(scope="module")
def judged():
    return measured(features="classifier", floor=True)


def test_real_images_are_as_good_as_the_floor(judged):
    found = values(judged)
    names = {"fid", "kid", "precision", "recall", "inception_score"}
    assert names | {f"floor_{name}" for name in names} <= set(found)
    assert found["fid"] == pytest.approx(found["floor_fid"], rel=1.0)
    assert found["precision"] > 0.5 and found["recall"] > 0.5


def test_protocols_say_what_was_compared_with_what(judged):
    by_name = {name: e.protocol for e in judged for name in e.values}
    fid, floor = by_name["fid"], by_name["floor_fid"]
    assert fid["features"].startswith("classifier of 400 images of lines train")
    assert fid["real"] == floor["real"] == "lines test"
    assert (fid["num_real"], fid["num_generated"]) == (150, 120)
    assert fid["generated"] == "Copier, seeds 5 to 124"
    assert floor["generated"] == "real images of lines train"
    assert by_name["kid"]["subset_size"] == 120
    assert "real" not in by_name["inception_score"]
    json.dumps([each._asdict() for each in judged])


def test_the_other_split_may_be_the_reference():
    found = measured(features="classifier", reference_split="train")
    assert found[0].protocol["real"] == "lines train"
    assert found[0].protocol["num_real"] == 400


def test_pixels_tell_a_copier():
    found = measured(parzen=True, nearest_neighbors=True)
    assert values(found)["nearest_copies"] == 1.0
    assert np.isfinite(values(found)["parzen"])
    parzen = found[0].protocol
    assert parzen["num_validation"] == 400 // 6 and parzen["num_test"] == 150


@pytest.mark.parametrize(
    ("model", "fields", "message"),
    [
        (object(), {"parzen": True}, "need a model with generate"),
        (
            types.SimpleNamespace(generate=lambda n, seed: tf.zeros((n, 4, 4))),
            {"parzen": True},
            r"like the generated ones, \[4, 4\]. Received \[8, 8, 1\]",
        ),
        (
            Copier(),
            {"features": "classifier", "num_generated": 64},
            "more than the 64 features for a FID. Received 150, 64",
        ),
    ],
)
def test_what_is_refused(model, fields, message):
    wanted = judge_config.JudgeConfig(**fields)
    with pytest.raises(ValueError, match=message):
        generator_metrics.measure(model, wanted, load)


def test_inception_needs_its_file():
    with pytest.raises(ValueError, match="`features_file` must name the weig"):
        judge_config.JudgeConfig(features="inception")


def test_nothing_is_judged_unless_asked_for():
    assert judge_config.JudgeConfig().is_off
    assert not judge_config.JudgeConfig(parzen=True).is_off


def test_the_program_writes_and_prints_values_with_protocols(tmp_path):
    model = keras_gen.GAN(
        image_shape=(28, 28, 1), generator_widths=(4,), latent_size=2
    )
    model.compile()
    model.save(tmp_path / "model.keras")
    done = programs.run(
        "evaluate",
        "--parzen",
        model=tmp_path / "model.keras",
        num_generated=50,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    written = json.loads((tmp_path / "metrics.json").read_text())
    (found,) = written["generated"]
    assert set(written["metrics"]) >= {"discriminator_loss"}
    assert found["protocol"]["num_generated"] == 50
    assert f"{found['values']['parzen']:.4f}" in done.stdout
    assert "generated=GAN, seeds 0 to 49" in done.stdout


def test_training_logs_fid(tmp_path):
    np.savez(
        tmp_path / "lines.npz",
        x_train=TRAIN.images,
        y_train=TRAIN.labels,
        x_test=TEST.images,
        y_test=TEST.labels,
    )
    done = programs.run(
        "train_gan",
        workdir=tmp_path / "gan",
        dataset="folder",
        data_dir=tmp_path,
        num_epochs=2,
        generator_widths=4,
        discriminator_widths=4,
        fid_every_epochs=2,
        num_fid_images=100,
        num_samples=4,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    text = (tmp_path / "gan" / "metrics.jsonl").read_text()
    first, second = map(json.loads, text.splitlines())
    assert "fid" not in first and second["fid"] > 0 and "kid" in second
    assert "fid: features=classifier of 400 images" in done.stdout


class Classes:
    """Generates images of the classes in turn; each third one of the other."""

    config = types.SimpleNamespace(num_classes=2)

    def generate(self, num, seed=0):
        asked = np.arange(num) % 2
        shown = np.where(np.arange(num) % 3 == 2, 1 - asked, asked)
        rows = [np.flatnonzero(TRAIN.labels == label)[0] for label in shown]
        return image_ops.to_float(tf.constant(TRAIN.images[rows]))


def test_class_agreement_is_the_share_that_shows_what_was_asked():
    wanted = judge_config.JudgeConfig(num_generated=120, features="classifier")
    found = generator_metrics.measure(Classes(), wanted, load, seed=5)
    assert values(found)["class_agreement"] == pytest.approx(2 / 3)


@pytest.mark.data
def test_the_inception_of_fid_comes_from_its_file():
    path = real_data.path("fid_inception/inception_2015_fid_fp16.npz")
    wanted = judge_config.JudgeConfig(
        features="inception", features_file=str(path)
    )
    network = generator_metrics.feature_network(wanted, TRAIN, seed=0)
    features, logits = network(np.zeros((1, 8, 8, 1), np.float32))
    assert features.shape == (1, 2048) and logits is None
    assert "299x299" in network.name and str(path) in network.name
