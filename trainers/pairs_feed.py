"""Pairs of texts as a `feeds.Feed`."""

from typing import Any

import tensorflow as tf

from keras_gen import base
from keras_gen.data import columns, pairs


class PairsFeed:
    """Training and test split of pairs.

    Args:
        train: what is learned.
        test: what is evaluated.

    Raises:
        DataError: a text does not fit the model.
    """

    unit = "pair"
    loss_unit = "target"

    def __init__(self, train: pairs.Pairs, test: pairs.Pairs) -> None:
        self._train, self._test = train, test
        self.summary = f"{len(train):,} pairs of {train.name} ({train.split}),"
        self.source = train.source
        self.attribution = train.attribution

    def steps_per_epoch(self, batch_size: int) -> int:
        """Whole batches in one pass over the training split."""
        return columns.steps_per_epoch(len(self._train), batch_size)

    def batches(
        self,
        model: base.GenerativeModel,
        batch_size: int,
        start_step: int = 0,
    ) -> tf.data.Dataset:
        """Endless, in another order each epoch."""
        return columns.pipeline(
            _columns(self._train),
            batch_size,
            seed=model.config.seed,
            start_step=start_step,
        )

    def test_batches(
        self, model: base.GenerativeModel, batch_size: int
    ) -> tf.data.Dataset:
        """Every pair of the test split once."""
        del model
        return columns.pipeline(_columns(self._test), batch_size, repeat=False)

    def adapt(self, model: base.GenerativeModel) -> None:
        """Such a model wants to know nothing before."""


def sizes(tokenizer: Any, *splits: pairs.Pairs) -> dict[str, int]:
    """{name: tokens} of the longest texts, for the Config.

    A target has its end, too.
    """
    longest = [
        max(
            len(tokenizer.encode(text))
            for split in splits
            for text in getattr(split, name)
        )
        for name in ("sources", "targets")
    ]
    return {"source_length": longest[0], "length": longest[1] + 1}


def _columns(split: pairs.Pairs) -> dict[str, list[str]]:
    return {"source": split.sources, "target": split.targets}
