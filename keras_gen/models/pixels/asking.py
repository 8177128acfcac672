"""What a pixel model can be asked in Python: one compiled loop each."""

import math
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gen import samplers


def generate(
    model: Any,
    num: int,
    seed: int = 0,
    label: Any = None,
    *,
    temperature: float | None = None,
    jit_compile: bool = True,
) -> tf.Tensor:
    """New images; image i has seed + i.

    Args:
        model: a PixelModel.
        num: how many.
        seed: of the first.
        label: a class for all, or [num] classes; where there are classes and
            None is given they take turns: 0, 1, 2, ...
        temperature: above 0; the Config's where None, less makes the likely
            likelier.
        jit_compile: whether XLA compiles the loop: seconds at first, several
            times as fast then.

    Returns:
        [num, H, W, C] float32 in [-1, 1].

    Raises:
        ValueError: a label where there are no classes, or out of range; a
            temperature that is not above 0.
    """
    labels = _checked(model, model._labels(num, label))
    draw = model.program("draw", lambda **rows: new(model, **rows), jit_compile)
    row_seeds = tf.range(seed, seed + num)
    return draw(seed=row_seeds, **labels, **_temperature(model, temperature))


def complete(
    model: Any,
    images: Any,
    mask: Any,
    num: int = 1,
    seed: int = 0,
    label: Any = None,
    *,
    temperature: float | None = None,
    jit_compile: bool = True,
) -> tf.Tensor:
    """What may be where the images are hidden.

    A hidden pixel is drawn given all pixels before it, in raster order; it
    knows nothing of known ones behind it.

    Args:
        model: a PixelModel.
        images: [B, H, W, C] float32 of the declared levels; where they are
            hidden, anything.
        mask: [H, W] or [B, H, W], 1 or True where a pixel is known.
        num: completions of each image; that of image i has the seed
            `seed + i num + j`.
        seed: of the first.
        label: a class for all, or [B]; where there are classes.
        temperature: as in `generate`.
        jit_compile: as in `generate`.

    Returns:
        [B, num, H, W, C] float32 in [-1, 1].

    Raises:
        ValueError: the mask hides nothing or everything, or has another shape;
            images, label or temperature do not fit.
    """
    images = np.asarray(images)
    known = _known(model, images, mask)  # [B, H, W]
    model.image_spec.check(np.where(known[..., None], images, -1.0), "images")
    labels = labels_of(model, len(images), label)
    if num < 1:
        raise ValueError(f"`num` must be at least 1. Received: {num}.")
    rows = {"images": images, "mask": known.astype(np.int32)} | labels
    rows = {name: np.repeat(each, num, axis=0) for name, each in rows.items()}
    draw = model.program(
        "complete",
        lambda **rows: completed(model, **rows),
        jit_compile,
    )
    found = draw(
        seed=tf.range(seed, seed + len(images) * num),
        **{name: tf.constant(each) for name, each in rows.items()},
        **_temperature(model, temperature),
    )
    return tf.reshape(found, (-1, num, *model.config.image_shape))


def completed(
    model: Any,
    images: tf.Tensor,
    mask: tf.Tensor,
    seed: tf.Tensor,
    labels: tf.Tensor | None = None,
    temperature: Any = None,
) -> tf.Tensor:
    """Images [B, H, W, C], drawn where mask [B, H, W] int32 is 0."""
    count = math.prod(model.config.image_shape)
    channels = model.config.image_shape[2]
    tokens = tf.reshape(model.tokens_of(images), (-1, count))
    known = tf.tile(mask[..., tf.newaxis], (1, 1, 1, channels)) > 0
    known = tf.reshape(known, (-1, count))
    start = tf.zeros_like(tokens[:, :1])
    whole = samplers.Known(
        tf.concat([start, tokens], axis=1),
        tf.concat([start < 1, known], axis=1),
    )
    return model.draw(whole, seed, labels, temperature)


def new(
    model: Any,
    seed: tf.Tensor,
    labels: tf.Tensor | None = None,
    temperature: Any = None,
) -> tf.Tensor:
    """Images [B, H, W, C] of seeds [B]."""
    start = tf.zeros_like(seed)
    prompt = samplers.Prompt(start[:, tf.newaxis], start + 1)
    return model.draw(prompt, seed, labels, temperature)


def labels_of(model: Any, num: int, label: Any) -> dict[str, np.ndarray]:
    """{"labels": [num]} of images that are there, whose class must be said.

    Raises:
        ValueError: it is missing, needless, or out of range.
    """
    if model.config.num_classes and label is None:
        raise ValueError(
            "`label` is missing: the model has classes. Give one for all "
            f"images, or {num}."
        )
    return _checked(model, model._labels(num, label))


def _checked(model, labels):
    for name, each in model.label_spec.items():
        each.check(labels[name], name)
    return labels


def _temperature(model, temperature) -> dict[str, tf.Tensor]:
    """{} where it is the Config's; a tensor, so that others are no program."""
    if temperature is None:
        return {}
    samplers.LogitFilters(temperature).check(model.config.num_levels)
    return {"temperature": tf.constant(temperature, tf.float32)}


def _known(model, images, mask) -> np.ndarray:
    """The mask as bool [B, H, W]."""
    mask = np.asarray(mask)
    shape = (len(images), *model.config.image_shape[:2])
    if mask.shape not in (shape, shape[1:]):
        raise ValueError(
            f"`mask` must have shape {list(shape[1:])}, or {list(shape)} of a "
            f"mask for each image. Received shape {list(mask.shape)}."
        )
    if not np.isin(mask, (0, 1)).all():
        raise ValueError(
            "`mask` must be 1 where a pixel is known and 0 where it is hidden. "
            f"Received values from {mask.min():g} to {mask.max():g}."
        )
    known = np.broadcast_to(mask.astype(bool), shape)
    for wrong, name, remedy in (
        (known.all(axis=(1, 2)), "nothing", "Set what is hidden to 0."),
        (~known.any(axis=(1, 2)), "everything", "Use `generate`."),
    ):
        if wrong.any():
            raise ValueError(
                "`mask` must hide some pixels and show some. Received one that "
                f"hides {name}, of image {int(wrong.argmax())}. {remedy}"
            )
    return known
