"""Windows of a text as a `feeds.Feed`, and samples of what a model writes."""

from typing import Any

import tensorflow as tf

from keras_gen import base
from keras_gen.data import texts, windows


class TextFeed:
    """Training and test split as windows of tokens.

    Args:
        train: what is learned.
        test: what is evaluated, or None.
        tokenizer: of the model.
        length: T, tokens of a window.
    """

    unit = "window"
    loss_unit = "token"

    def __init__(
        self,
        train: texts.Text,
        test: texts.Text | None,
        tokenizer: Any,
        length: int,
    ) -> None:
        self._length = length
        self._train = tokenizer.encode(train.text)
        self._test = None if test is None else tokenizer.encode(test.text)
        self.summary = (
            f"{len(train.text):,} characters of {train.name} ({train.split}), "
            f"{len(self._train):,} tokens in windows of {length},"
        )
        self.source = train.source
        self.attribution = train.attribution

    def steps_per_epoch(self, batch_size: int) -> int:
        """Batches that predict each token of the training split once."""
        return windows.steps_per_epoch(
            len(self._train), self._length, batch_size
        )

    def batches(
        self,
        model: base.GenerativeModel,
        batch_size: int,
        start_step: int = 0,
    ) -> tf.data.Dataset:
        """Endless; see `windows.pipeline`."""
        return windows.pipeline(
            self._train,
            self._length,
            batch_size,
            seed=model.config.seed,
            start_step=start_step,
            in_turn=bool(getattr(model.config, "num_carried", 0)),
        )

    def test_batches(
        self, model: base.GenerativeModel, batch_size: int
    ) -> tf.data.Dataset:
        """The test split once, from its first token on."""
        del model
        return windows.pipeline(
            self._test, self._length, batch_size, repeat=False
        )

    def adapt(self, model: base.GenerativeModel) -> None:
        """A language model wants to know nothing before."""
