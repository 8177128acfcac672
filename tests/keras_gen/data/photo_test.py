"""A picture of any size and kind becomes what a network takes, or an error."""

import numpy as np
import pytest
from PIL import Image

from keras_gen import data

LEVELS = np.random.default_rng(0).integers(0, 256, (6, 10, 3), np.uint8)


def written(tmp_path, image, name="photo.png", **options):
    image.save(tmp_path / name, **options)
    return tmp_path / name


def test_the_same_size_keeps_every_level(tmp_path):
    path = written(tmp_path, Image.fromarray(LEVELS))
    np.testing.assert_array_equal(data.read_photo(path, (6, 10, 3)), LEVELS)
    grey = written(tmp_path, Image.fromarray(LEVELS[..., 0]))
    found = data.read_photo(grey, (6, 10, 1))
    np.testing.assert_array_equal(found[..., 0], LEVELS[..., 0])
    found = data.read_photo(grey, (6, 10, 3))
    np.testing.assert_array_equal(found, np.repeat(LEVELS[..., :1], 3, -1))


def test_the_centre_is_taken(tmp_path):
    image = np.zeros((4, 12, 3), np.uint8)
    image[:, 4:8] = 200
    path = written(tmp_path, Image.fromarray(image))
    assert (data.read_photo(path, (4, 4, 3)) == 200).all()


def test_what_is_transparent_is_white(tmp_path):
    image = np.zeros((4, 4, 4), np.uint8)
    path = written(tmp_path, Image.fromarray(image))
    assert (data.read_photo(path, (4, 4, 3)) == 255).all()


def test_a_photo_on_its_side_is_turned(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # To be turned by a quarter.
    path = written(tmp_path, Image.fromarray(LEVELS), exif=exif)
    found = data.read_photo(path, (10, 6, 3))
    np.testing.assert_array_equal(found, np.rot90(LEVELS, -1))


def test_one_pixel_is_a_picture(tmp_path):
    path = written(tmp_path, Image.new("RGB", (1, 1), (9, 8, 7)))
    assert (data.read_photo(path, (8, 8, 3)) == (9, 8, 7)).all()


def test_what_is_no_picture_is_refused(tmp_path):
    good = written(tmp_path, Image.fromarray(LEVELS)).read_bytes()
    (tmp_path / "cut.png").write_bytes(good[: len(good) // 2])
    (tmp_path / "text.png").write_text("no picture")
    for name in ("cut.png", "text.png", "missing.png"):
        with pytest.raises(ValueError, match=f"{name} cannot be read as an"):
            data.read_photo(tmp_path / name, (8, 8, 3))
    deep = Image.fromarray(np.full((4, 4), 40000, np.uint16))
    with pytest.raises(ValueError, match="must have 8 bits"):
        data.read_photo(written(tmp_path, deep, "deep.png"), (8, 8, 3))
    with pytest.raises(ValueError, match="1 or 3 channels.* Received 4"):
        data.read_photo(tmp_path / "photo.png", (8, 8, 4))


def test_an_image_of_its_own_size_is_reduced(tmp_path):
    path = written(tmp_path, Image.fromarray(LEVELS))
    found = data.read_image(path)
    np.testing.assert_allclose((found[0] + 1) * 127.5, LEVELS, atol=1e-4)
    assert data.read_image(path, 5).shape == (1, 3, 5, 3)
    assert data.read_image(path, 100).shape == (1, 6, 10, 3)
    assert data.read_image(path, 0, (4, 2)).shape == (1, 4, 2, 3)


def test_fifty_megapixels_are_too_many(tmp_path):
    path = written(tmp_path, Image.new("1", (10_000, 5_000)))
    with pytest.raises(ValueError, match="at most 40,000,000 pixels. It has"):
        data.read_image(path)
