"""Sheets of the same seeds after every epoch, and a GIF of them."""

import types

import imageio.v3 as imageio
import numpy as np
import pytest
import tensorflow as tf

from keras_gen import callbacks
from keras_gen.ops import images as image_ops


class Painter:
    """Paints all of seed s at level s + 10 * epochs so far."""

    def __init__(self):
        self.step = tf.Variable(0)
        self.epochs = 0

    def generate(self, num, seed=0):
        self.epochs += 1
        levels = np.arange(seed, seed + num) + 10 * self.epochs
        levels = np.broadcast_to(levels[:, None, None, None], (num, 2, 3, 1))
        return image_ops.to_float(tf.constant(levels.astype(np.uint8)))


def run(sheets, num_epochs):
    sheets.set_model(Painter())
    for epoch in range(num_epochs):
        sheets.on_epoch_end(epoch)


def test_a_sheet_of_the_same_seeds_for_each_epoch(tmp_path):
    run(callbacks.SampleSheet(tmp_path / "samples", num=4, seed=5), 2)
    files = sorted((tmp_path / "samples").iterdir())
    assert [f.name for f in files] == ["epoch-0001.png", "epoch-0002.png"]
    for epoch, file in enumerate(files, start=1):
        picture = imageio.imread(file)
        assert picture.shape == (4, 6)  # Two rows of two tiles.
        assert set(picture.ravel()) == {10 * epoch + s for s in (5, 6, 7, 8)}


def test_only_every_so_many_epochs(tmp_path):
    run(callbacks.SampleSheet(tmp_path, num=1, every_epochs=2), 5)
    names = sorted(each.name for each in tmp_path.iterdir())
    assert names == ["epoch-0002.png", "epoch-0004.png"]


@pytest.mark.parametrize(
    ("max_frames", "levels"),
    [(60, [10, 20, 30, 40, 50]), (2, [20, 50]), (3, [10, 30, 50])],
)
def test_the_gif_ends_with_the_last_epoch(tmp_path, max_frames, levels):
    sheets = callbacks.SampleSheet(tmp_path, num=1)
    run(sheets, 5)
    path = sheets.write_gif(max_frames)
    assert path == tmp_path / "samples.gif"
    frames = imageio.imread(path, index=None)
    assert [int(frame.max()) for frame in frames] == levels


def test_without_sheets_there_is_no_gif(tmp_path):
    assert callbacks.SampleSheet(tmp_path / "none").write_gif() is None
    assert not list(tmp_path.iterdir())


def test_sheets_go_to_tensorboard_too(tmp_path):
    board = tmp_path / "board"
    run(callbacks.SampleSheet(tmp_path, num=1, tensorboard=board), 1)
    (file,) = board.iterdir()
    events = tf.compat.v1.train.summary_iterator(str(file))
    tags = [value.tag for event in events for value in event.summary.value]
    assert tags == ["samples"]


def test_write_sheet_may_be_told_the_number_of_columns(tmp_path):
    images = Painter().generate(6)
    callbacks.write_sheet(images, tmp_path / "sheet.png", num_columns=3)
    assert imageio.imread(tmp_path / "sheet.png").shape == (4, 9)


def test_pictures_of_three_colours(tmp_path):
    model = types.SimpleNamespace(
        generate=lambda num, seed: tf.zeros((num, 2, 2, 3)),
        step=tf.Variable(0),
    )
    sheets = callbacks.SampleSheet(tmp_path, num=4)
    sheets.set_model(model)
    sheets.on_epoch_end(0)
    assert imageio.imread(tmp_path / "epoch-0001.png").shape == (4, 4, 3)
    assert sheets.write_gif().exists()
