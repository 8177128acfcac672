"""The robust trainer leaves a classifier and pairs of images to look at."""

import json

import numpy as np
from PIL import Image

import keras_gen
from tests.trainers import programs


def flags_of(tmp_path, **changes):
    return {
        "workdir": tmp_path / "run",
        "dataset": "folder",
        "data_dir": programs.pictures(tmp_path, num_classes=3),
        "batch_size": 4,
        "num_epochs": 1,
        "num_steps": 2,
        "num_samples": 4,
    } | changes


def test_a_short_run_leaves_a_classifier_and_pairs(tmp_path):
    done = programs.run("train_robust", **flags_of(tmp_path, method="madry"))
    assert done.returncode == 0, done.stderr[-3000:]
    model = keras_gen.load(tmp_path / "run" / "model.keras")
    assert int(model.step) == 2
    assert (model.config.num_classes, model.config.method) == (3, "madry")
    (sheet,) = (tmp_path / "run" / "samples").glob("epoch-*.png")
    pixels = np.asarray(Image.open(sheet))
    assert pixels.max() > pixels.min()
    judged = programs.run(
        "evaluate_robust",
        model=tmp_path / "run" / "model.keras",
        dataset="folder",
        data_dir=tmp_path,
        num_steps=2,
        num_restarts=2,
    )
    assert judged.returncode == 0, judged.stderr[-3000:]
    first, *errors = judged.stdout.splitlines()
    assert first == "4 test images of folder, norm inf"
    shares = [float(line.split()[-2].rstrip("%")) for line in errors]
    assert shares[0] <= min(shares[1:])
    assert len(shares) == 3
    curve = programs.run(
        "evaluate_robust",
        model=tmp_path / "run" / "model.keras",
        dataset="folder",
        data_dir=tmp_path,
        num_steps=2,
        epsilons="0,0.1",
        output=tmp_path / "curve.json",
    )
    assert curve.returncode == 0, curve.stderr[-3000:]
    found = json.loads((tmp_path / "curve.json").read_text())
    assert (found["num"], found["norm"], found["num_steps"]) == (4, "inf", 2)
    first, second = found["points"]
    assert (first["epsilon"], second["epsilon"]) == (0.0, 0.1)
    assert first["accuracy"] == first["robust_accuracy"] == 1 - shares[0] / 100
    assert second["robust_accuracy"] <= first["robust_accuracy"]


def test_what_it_cannot_do_is_one_line(tmp_path):
    done = programs.run(
        "train_robust", **flags_of(tmp_path, fid_every_epochs=1)
    )
    assert done.returncode == 1
    assert "`fid_every_epochs` is of models that draw images" in done.stderr
    flags = flags_of(tmp_path)
    programs.pictures(tmp_path)  # The same once more, without labels.
    done = programs.run("train_robust", **flags)
    assert done.returncode == 1
    assert "`train_robust` needs labels, and folder" in done.stderr
