"""Songs as a `feeds.Feed`: windows, transposed and stretched in training."""

from typing import Any

import numpy as np
import tensorflow as tf

from keras_gen import base
from keras_gen.data import pieces
from keras_gen.tokenizers import notes
from trainers import music_forms, music_run, music_songs


class MusicFeed:
    """Training and valid split.

    Args:
        train: what is learned.
        valid: by which the best epoch is chosen.
        form: of the model's pieces.
        run: how songs are varied.
        length: T, entries of a window.
    """

    unit = "piece"

    def __init__(
        self,
        train: music_songs.Songs,
        valid: music_songs.Songs,
        form: music_forms.Form,
        run: music_run.MusicRunConfig,
        length: int,
    ) -> None:
        for each in (train, valid):
            form.check(each)
        self.loss_unit = form.entry
        self.summary = f"{train.summary} windows of {length} {form.entry}s,"
        self.source, self.attribution = train.source, train.attribution
        self._form, self._length = form, length
        songs = train.songs
        if form.kind == "performance" and run.stretch:
            songs = [
                notes.stretched(song, 1 + run.stretch * share)
                for song in songs
                for share in (-1.0, -0.5, 0.0, 0.5, 1.0)
            ]
        self._rows = [form.row(song) for song in songs]
        self._valid = [form.row(song) for song in valid.songs]
        self._limits = form.limits(songs, run.transpose)

    def steps_per_epoch(self, batch_size: int) -> int:
        """Batches of as many windows as lie side by side."""
        return pieces.steps_per_epoch(self._rows, self._length, batch_size)

    def batches(
        self, model: base.GenerativeModel, batch_size: int, start_step: int = 0
    ) -> tf.data.Dataset:
        """Endless; see `pieces.pipeline`."""
        return pieces.pipeline(
            self._rows,
            self._length,
            batch_size,
            name=self._form.column,
            unit=self._form.unit,
            change=self._form.change(),
            changes=self._limits,
            seed=model.config.seed,
            start_step=start_step,
        )

    def test_batches(
        self, model: base.GenerativeModel, batch_size: int
    ) -> tf.data.Dataset:
        """The valid split once."""
        return one_pass(self._valid, self._form, model, batch_size)

    def adapt(self, model: base.GenerativeModel) -> None:
        """A model of music wants to know nothing before."""


def one_pass(
    rows: list[np.ndarray], form: music_forms.Form, model: Any, batch_size: int
) -> tf.data.Dataset:
    """Rows once, in windows of the model side by side."""
    return pieces.pipeline(
        rows,
        model.config.length,
        batch_size,
        name=form.column,
        repeat=False,
    )
