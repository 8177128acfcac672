"""Folders of images: layouts, modes, sizes and damage."""

import numpy as np
import pytest
from PIL import Image

from keras_gen.data import image_folder
from keras_gen.data.examples import DataError


def _write(path, level=0, size=(6, 4), mode="L"):
    """An image of one level; `size` is (width, height) as in Pillow."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, level).save(path)


def _read(place, split="train", image_size=None):
    found = image_folder.read(place, split, image_size)
    return found and found[:2]  # Captions have tests of their own.


def test_round_trip_of_pixels(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (2, 5, 7, 3), np.uint8)
    for index, each in enumerate(pixels):
        Image.fromarray(each).save(tmp_path / f"{index}.png")
    images, labels = _read(tmp_path)
    np.testing.assert_array_equal(images, pixels)
    assert labels is None


def test_classes_are_labels_in_sorted_order(tmp_path):
    _write(tmp_path / "dog" / "1.png", 1)
    _write(tmp_path / "cat" / "2.png", 2)
    _write(tmp_path / "cat" / "1.bmp", 3)
    (tmp_path / "notes").mkdir()
    images, labels = _read(tmp_path)
    assert images.shape == (3, 4, 6, 1)
    assert images[:, 0, 0, 0].tolist() == [3, 2, 1]
    assert labels.tolist() == [0, 0, 1]
    assert labels.dtype == np.int32


def test_numbers_are_sorted_as_numbers(tmp_path):
    for number in range(12):
        _write(tmp_path / str(number) / "a.png", number)
    images, labels = _read(tmp_path)
    np.testing.assert_array_equal(images[:, 0, 0, 0], labels)


def test_splits_share_their_labels(tmp_path):
    for name in ("ant", "bee", "cat"):
        _write(tmp_path / "train" / name / "a.png")
    _write(tmp_path / "test" / "cat" / "a.png", 9)
    images, labels = _read(tmp_path, "test")
    assert images[:, 0, 0, 0].tolist() == [9]
    assert labels.tolist() == [2]
    assert _read(tmp_path, "train")[1].tolist() == [0, 1, 2]


def test_splits_may_be_flat(tmp_path):
    _write(tmp_path / "train" / "a.png")
    _write(tmp_path / "test" / "a.png", 9)
    images, labels = _read(tmp_path, "test")
    assert images.max() == 9 and labels is None


def test_a_missing_split_is_named(tmp_path):
    _write(tmp_path / "ant" / "a.png")
    with pytest.raises(DataError, match="no folder for a split.*'test'"):
        _read(tmp_path, "test")
    _write(tmp_path / "test" / "ant" / "a.png")
    with pytest.raises(DataError, match="which has test. Received 'train'"):
        _read(tmp_path, "train")


def test_nothing_there(tmp_path):
    assert _read(tmp_path) is None
    (tmp_path / "a.txt").write_text("")
    assert _read(tmp_path) is None
    assert _read(tmp_path / "a.txt") is None


def test_mixed_layouts_are_refused(tmp_path):
    _write(tmp_path / "a.png")
    _write(tmp_path / "ant" / "b.png")
    with pytest.raises(DataError, match="directly .a.png. and in .*.ant."):
        _read(tmp_path)


def test_grey_becomes_colour_where_one_image_has_colour(tmp_path):
    _write(tmp_path / "a.png", 70)
    _write(tmp_path / "b.png", (1, 2, 3), mode="RGB")
    images, _ = _read(tmp_path)
    assert images[:, 0, 0].tolist() == [[70, 70, 70], [1, 2, 3]]


def test_all_are_transparent_where_one_image_is(tmp_path):
    _write(tmp_path / "a.png", 70)
    _write(tmp_path / "b.png", (1, 2, 3, 4), mode="RGBA")
    images, _ = _read(tmp_path)
    assert images[:, 0, 0].tolist() == [[70, 70, 70, 255], [1, 2, 3, 4]]


def test_palettes_and_bits_are_unpacked(tmp_path):
    image = Image.new("RGB", (6, 4), (10, 200, 30))
    image.quantize(4).save(tmp_path / "a.png")
    assert _read(tmp_path)[0][0, 0, 0].tolist() == [10, 200, 30]
    (tmp_path / "a.png").unlink()
    _write(tmp_path / "b.png", 1, mode="1")
    assert _read(tmp_path)[0][0, 0, 0].tolist() == [255]


def test_sixteen_bits_are_refused(tmp_path):
    Image.fromarray(np.zeros((4, 6), np.uint16)).save(tmp_path / "deep.png")
    with pytest.raises(DataError, match="deep.png must have 8 bits"):
        _read(tmp_path)


def test_sizes_must_agree_unless_a_size_is_given(tmp_path):
    _write(tmp_path / "a.png", 5, size=(6, 4))
    _write(tmp_path / "b.png", 7, size=(9, 3))
    with pytest.raises(DataError) as error:
        _read(tmp_path)
    message = str(error.value)
    assert "`image_size` must be given" in message
    assert "a.png has 4x6" in message and "b.png has 3x9" in message
    assert "image_size=(3, 6)" in message
    images, _ = _read(tmp_path, image_size=(3, 3))
    assert images.shape == (2, 3, 3, 1)
    assert images[:, 1, 1, 0].tolist() == [5, 7]


def test_photographs_stand_upright(tmp_path):
    turned = Image.new("L", (8, 4))
    exif = Image.Exif()
    exif[0x0112] = 6
    turned.save(tmp_path / "a.jpg", exif=exif)
    _write(tmp_path / "b.png", size=(4, 8))
    assert _read(tmp_path)[0].shape == (2, 8, 4, 1)


@pytest.mark.parametrize("kept", [0, 20, 40, 200])
def test_damage_is_named(tmp_path, kept):
    pixels = np.random.default_rng(0).integers(0, 256, (20, 20, 3), np.uint8)
    path = tmp_path / "broken.png"
    Image.fromarray(pixels).save(path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(DataError, match="broken.png cannot be read"):
        _read(tmp_path)


def test_a_flipped_byte_is_noticed(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (20, 20, 3), np.uint8)
    path = tmp_path / "broken.png"
    Image.fromarray(pixels).save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:300] + bytes([whole[300] ^ 255]) + whole[301:])
    with pytest.raises(DataError, match="broken.png cannot be read"):
        _read(tmp_path)
