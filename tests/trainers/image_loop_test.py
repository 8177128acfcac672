"""What a run finds of its data."""

import numpy as np
import pytest
from PIL import Image

from keras_gen import data
from trainers import image_loop, image_run


def run_of(folder, **fields):
    return image_run.ImageRunConfig(
        workdir="run", dataset="folder", data_dir=str(folder), **fields
    )


def test_one_folder_has_no_test_images_and_the_error_says_what_helps(tmp_path):
    for index in range(2):
        levels = np.full((8, 8, 3), 100 * index, np.uint8)
        Image.fromarray(levels).save(tmp_path / f"{index}.png")
    with pytest.raises(
        data.DataError, match="'test'.*do without .* --evaluate_every_epochs=0"
    ):
        image_loop.load(run_of(tmp_path))
    splits = image_loop.load(run_of(tmp_path, evaluate_every_epochs=0))
    assert len(splits.train.images) == 2 and splits.test is None
