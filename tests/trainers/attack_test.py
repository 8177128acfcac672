"""The attack of a photo draws a row for each target, or says what is wrong."""

import keras
import numpy as np
import pytest
from PIL import Image

import keras_gen
from tests.trainers import programs
from trainers import attack, class_names, triptych


@pytest.fixture(scope="module")
def flags_of(tmp_path_factory):
    place = tmp_path_factory.mktemp("attack")
    dense = keras.layers.Dense(3, kernel_initializer="orthogonal")
    model = keras_gen.AdversarialTraining(
        image_shape=(12, 8, 3),
        num_classes=3,
        classifier=keras.Sequential(
            [keras.Input((12, 8, 3)), keras.layers.Flatten(), dense]
        ),
    )
    model.save(place / "model.keras")
    levels = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    Image.fromarray(levels).save(place / "photo.png")
    (place / "names.txt").write_text("cat\ndog\ncup of coffee\n")

    def flags(**changes):
        return {
            "model": place / "model.keras",
            "image": place / "photo.png",
            "class_names": place / "names.txt",
            "output": place / "attack.png",
            "num_steps": 20,
            "epsilon": "1/2",
        } | changes

    return flags


def test_each_target_has_a_row(flags_of):
    done = programs.run("attack", **flags_of(targets="0,dog,cup of coffee"))
    assert done.returncode == 0, done.stderr[-3000:]
    first, *lines, last = done.stdout.splitlines()
    assert first.endswith("as it is")
    names = [line.partition(",")[0] for line in lines]
    assert names == ["cat", "dog", "cup of coffee"]
    assert all(int(line.split()[-4]) <= 128 for line in lines)
    assert last == "3 of 3 attacks reached what they were for"
    with Image.open(flags_of()["output"]) as picture:
        size = picture.size
    height, width = 12 * 28, 8 * 28  # 224 pixels or more.
    assert size == (3 * width + 4 * 28, 3 * (height + 2 * 18 + 28))


def test_without_targets_another_class_is_enough(flags_of):
    done = programs.run("attack", **flags_of(class_names=""))
    assert done.returncode == 0, done.stderr[-3000:]
    before, after, last = done.stdout.splitlines()
    assert before.split(",")[0] != after.split(",")[0]
    assert before.startswith("class ")
    assert last == "1 of 1 attacks reached what they were for"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"targets": "3"}, "`--targets` must be classes of the classifier, 0"),
        ({"image": "missing.png"}, "missing.png cannot be read as an image"),
    ],
)
def test_what_it_cannot_do_is_one_line(flags_of, changes, message):
    done = programs.run("attack", **flags_of(**changes))
    assert done.returncode == 1
    assert message in done.stderr and done.stderr.count("\n") == 1


def test_shares_may_be_fractions():
    assert attack.share("2/255") == 2 / 255
    assert attack.share("0.25") == 0.25
    for text in ("two", "1/0", ""):
        with pytest.raises(ValueError, match=f"must be shares .*: {text}"):
            attack.share(text)


def test_classes_by_number_name_and_range(tmp_path):
    (tmp_path / "names.txt").write_text("a\nb\nc\nd")
    names = class_names.ClassNames(4, str(tmp_path / "names.txt"))
    assert names.find(["d", "1", "0:4:2", "2:4"]) == [3, 1, 0, 2, 2, 3]
    assert names[2] == "c"
    for word in ("e", "4", "-1", "1:5", "3:3", "0:4:0", ":"):
        with pytest.raises(ValueError, match=f"0 to 3 or .* Received: {word}"):
            names.find([word])
    with pytest.raises(ValueError, match="each of the 5 classes.* has 4"):
        class_names.ClassNames(5, str(tmp_path / "names.txt"))


def test_what_changed_is_grey_where_nothing_did():
    image = np.full((4, 4, 3), 100, np.uint8)
    changed = image.copy()
    changed[0, 0], changed[1, 1] = 102, 98
    row = triptych.Row(image, changed, "before", "after" * 100)
    shown, factor = triptych.magnified(row)
    assert factor == 127.5 / 2
    assert (shown[0, 0] == 255).all() and (shown[1, 1] == 0).all()
    assert (shown[2:] == 128).all()
    assert triptych.draw([row, row]).ndim == 3
