"""Batches of float images, each a function of the seed and the step alone.

`start_step=k` resumes a run with the very batches it would have seen; the order
is that of `plans`.

All work is done on whole batches: one gather from the bytes in memory, one
conversion, one draw.
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from keras_gen.data import binarization as binarizations
from keras_gen.data import cropping, plans
from keras_gen.data.examples import Captions, Examples
from keras_gen.ops import images as image_ops

# Uses of a step's seeds; 0 is the order's.
_CAPTION, _BINARIZE = 1, 2  # Binarization takes 3 too.
_CROP = 1  # Of counts below zero, which nothing else has.


def pipeline(
    examples: Examples,
    batch_size: int,
    *,
    seed: int = 0,
    start_step: int = 0,
    shuffle: bool | None = None,
    repeat: bool = True,
    binarization: str = "none",
    crop_size: tuple[int, int] | None = None,
    with_labels: bool = False,
    with_captions: bool = False,
) -> tf.data.Dataset:
    """Batches for training (endless) or for one pass of evaluation.

    Args:
        examples: what `load` returns.
        batch_size: rows of the global batch.
        seed: of the order, of binarization, pieces and choice of captions.
        start_step: batches to leave out: the number of steps already done.
        shuffle: another order in each epoch; None shuffles endless batches
            and leaves a single pass in the order of the examples.
        repeat: endless batches of equal size; False gives every example once,
            the last batch with what is left.
        binarization: "none", "threshold", "fixed" or "dynamic".
        crop_size: (H, W) of pieces: of endless batches from random places,
            mirrored half of the times, else of the middle; None for all.
        with_labels: adds "labels" [B] int32.
        with_captions: adds "captions" [B] string, UTF-8: one of each image's,
            drawn anew for every step of endless batches, else the first.

    Returns:
        Dictionaries {"images": [B, H, W, C] float32 in [-1, 1], ...}.

    Raises:
        ValueError: too few examples, missing labels or captions, or an
            argument out of range.
    """
    _check(examples, batch_size, with_labels, repeat)
    captions = examples.require_captions() if with_captions else None
    shuffle = repeat if shuffle is None else shuffle
    with tf.device("CPU:0"):  # Where tf.data works; spares accelerator memory.
        make_plan = plans.endless if repeat else plans.single_pass
        plan = make_plan(len(examples), batch_size, seed, start_step, shuffle)
        take_images = _pictures(examples, seed, repeat, binarization, crop_size)
        beside = {}  # Name: (step, rows [B]) -> [B].
        if with_labels:
            beside["labels"] = _taker(examples.labels)
        if with_captions:
            beside["captions"] = _chooser(captions, seed, drawn=repeat)

    def batch(step: tf.Tensor, rows: tf.Tensor) -> dict[str, tf.Tensor]:
        images = take_images(step, rows)  # [B, H, W, C]
        others = {name: take(step, rows) for name, take in beside.items()}
        return {"images": image_ops.to_float(images)} | others

    return plans.mapped(plan, batch)


def steps_per_epoch(examples: Examples, batch_size: int) -> int:
    """Whole batches in one pass over the examples.

    Raises:
        ValueError: `batch_size` is not positive, or exceeds the examples.
    """
    _check_batch_size(batch_size)
    if batch_size > len(examples):
        raise ValueError(
            f"`batch_size` must not exceed the {len(examples)} examples of "
            f"{examples.name} ({examples.split}). Received {batch_size}. Give "
            "a smaller batch_size or more examples."
        )
    return len(examples) // batch_size


def _pictures(
    examples: Examples,
    seed: int,
    drawn: bool,
    binarization: str,
    crop_size: tuple[int, int] | None,
) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """(step, rows [B]) -> the images of the rows, [B, H, W, C] uint8."""
    way = binarizations.find(binarization)
    binarize = way.each_step if drawn else None
    images = examples.images
    levels = images if binarize else way.once(images, seed)
    if crop_size:
        cropping.check(examples.image_shape, crop_size)
        levels = levels if drawn else cropping.middle(levels, crop_size)
    levels = tf.constant(levels)

    def take(step: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
        found = tf.gather(levels, rows)
        if crop_size and drawn:
            place = plans.seed_of(seed, -1 - step, _CROP)
            found = cropping.drawn(found, crop_size, place)
        if binarize:
            noise = plans.seed_of(seed, step, _BINARIZE)
            found = binarize(found, noise)
        return found

    return take


def _taker(labels: np.ndarray) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """(step, rows [B]) -> the labels of the rows, [B] int32."""
    labels = tf.constant(labels)
    return lambda step, rows: tf.gather(labels, rows)


def _chooser(
    captions: Captions, seed: int, drawn: bool
) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """(step, rows [B]) -> one caption of each row, [B] string."""
    sizes = [len(texts) if drawn else 1 for texts in captions]
    kept = zip(captions, sizes, strict=True)
    texts = tf.constant([t for texts, size in kept for t in texts[:size]])
    counts = tf.constant(sizes, tf.int64)
    starts = tf.cumsum(counts, exclusive=True)

    def choose(step: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
        words = tf.random.stateless_uniform(
            tf.shape(rows),
            plans.seed_of(seed, step, _CAPTION),
            None,
            None,
            tf.uint32,
            alg="philox",
        )
        offsets = tf.cast(words, tf.int64) % tf.gather(counts, rows)
        return tf.gather(texts, tf.gather(starts, rows) + offsets)

    return choose


def _check(
    examples: Examples, batch_size: int, with_labels: bool, repeat: bool
) -> None:
    _check_batch_size(batch_size)
    if repeat:
        steps_per_epoch(examples, batch_size)  # Or says what is wrong.
    if with_labels and examples.labels is None:
        raise ValueError(
            f"`with_labels` needs labels, and {examples.name} from "
            f"{examples.source} has none. Leave it out, or sort the images "
            "into one folder for each class."
        )


def _check_batch_size(batch_size: int) -> None:
    if batch_size < 1:
        raise ValueError(
            f"`batch_size` must be 1 or more. Received {batch_size}."
        )
