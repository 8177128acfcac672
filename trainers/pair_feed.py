"""Contents and styles as a `feeds.Feed`: of two sets of images, row by row."""

import dataclasses

import numpy as np
import tensorflow as tf

from keras_gen import base, data
from trainers import image_loop


class PairFeed(image_loop.ImageFeed):
    """Photographs, and beside each an image of another set.

    Args:
        splits: photographs.
        styles: of the same size.
        crop_size: of pieces, as in `data.pipeline`.
    """

    def __init__(
        self,
        splits: image_loop.Splits,
        styles: image_loop.Splits,
        crop_size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(splits, "none", crop_size)
        for each in filter(None, (styles.train, styles.test)):
            if each.image_shape != splits.train.image_shape:
                raise ValueError(
                    "Photographs and styles must have one shape. Received "
                    f"{splits.train.image_shape} from {splits.train.source} "
                    f"and {each.image_shape} from {each.source}. Give "
                    "--image_size, and all images in colour."
                )
        self._styles = styles
        count = len(styles.train)
        self.summary = f"{self.summary} with {count:,} styles,"

    def batches(
        self,
        model: base.GenerativeModel,
        batch_size: int,
        start_step: int = 0,
    ) -> tf.data.Dataset:
        """Endless; styles have an order of their own."""
        content = super().batches(model, batch_size, start_step)
        styles = _at_least(self._styles.train, batch_size)
        styles = data.pipeline(
            styles,
            batch_size,
            seed=model.config.seed + 1,
            start_step=start_step,
            **self._levels,
        )
        return _pairs(content, styles)

    def test_batches(
        self, model: base.GenerativeModel, batch_size: int
    ) -> tf.data.Dataset:
        """Every test photograph once, with styles in turn."""
        content = super().test_batches(model, batch_size)
        styles = _at_least(self._styles.test, batch_size)
        options = {"shuffle": False, **self._levels}
        return _pairs(content, data.pipeline(styles, batch_size, **options))


def _at_least(examples: data.Examples, count: int) -> data.Examples:
    """The same images over again, where there are too few for a batch."""
    if len(examples) >= count:
        return examples
    images = np.resize(examples.images, (count, *examples.image_shape))
    return dataclasses.replace(examples, images=images, labels=None)


def _pairs(content: tf.data.Dataset, style: tf.data.Dataset) -> tf.data.Dataset:
    pairs = tf.data.Dataset.zip(content, style)
    return pairs.map(
        lambda a, b: {
            "content": a["images"],
            "style": b["images"][: tf.shape(a["images"])[0]],
        }
    )
