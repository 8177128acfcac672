"""What an attack makes large, for each row, and when it has what it wants.

    cross_entropy   -log p(label), or log p(label) of a targeted attack
    margin          greatest other logit - logit of the label, or its negative

A margin above 0 is a classifier that is wrong, or takes the image for the
target: Carlini and Wagner 2016, arXiv 1608.04644, section V.A, f_6.
"""

from typing import Any

import tensorflow as tf

from keras_gen import protocols

LOSSES = ("cross_entropy", "margin")
# Images, and so distances: see `keras_gen.attacks`.
LOW, HIGH = -1.0, 1.0
RANGE = HIGH - LOW

_TOLERANCE = 1e-3


def margin(logits: tf.Tensor, labels: tf.Tensor, targeted: bool) -> tf.Tensor:
    """[B]; above 0 where the attack has what it wants.

    Args:
        logits: [B, V].
        labels: [B] int32, true ones, or targets.
        targeted: whether labels are targets.
    """
    own = tf.one_hot(
        labels,
        tf.shape(logits)[-1],
        dtype=tf.bool,
        on_value=True,
        off_value=False,
    )
    least = tf.constant(logits.dtype.min, logits.dtype)
    chosen = tf.reduce_max(tf.where(own, logits, least), axis=-1)
    other = tf.reduce_max(tf.where(own, least, logits), axis=-1)
    return chosen - other if targeted else other - chosen


def is_reached(
    logits: tf.Tensor, labels: tf.Tensor, targeted: bool = False
) -> tf.Tensor:
    """[B] bool: whether the likeliest class is the target, or a wrong one."""
    same = tf.argmax(logits, axis=-1, output_type=labels.dtype) == labels
    return same if targeted else ~same


def gains(
    logits: tf.Tensor, labels: tf.Tensor, loss: str, targeted: bool
) -> tf.Tensor:
    """What is to grow, [B].

    Args:
        logits: [B, V].
        labels: [B].
        loss: one of `LOSSES`.
        targeted: whether labels are targets.
    """
    if loss == "margin":
        return margin(logits, labels, targeted)
    surprise = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
    return -surprise if targeted else surprise


def check(images: Any, labels: Any, logits: Any) -> None:
    """Refuses what can be seen to be wrong; tensors of a graph cannot.

    Args:
        images: [B, H, W, C].
        labels: [B].
        logits: [B, V], of the images.

    Raises:
        ValueError: labels that no class has, images out of range, shapes that
            do not fit, or probabilities instead of logits.
    """
    if len(logits.shape) != 2 or labels.shape[:1] != images.shape[:1]:
        raise ValueError(
            "The classifier must map images [B, H, W, C] to logits [B, V], and "
            f"`labels` be [B]. Received: images {tuple(images.shape)}, logits "
            f"{tuple(logits.shape)}, labels {tuple(labels.shape)}."
        )
    if tf.is_symbolic_tensor(logits) or not len(labels):
        return
    least, most, count = (
        int(tf.reduce_min(labels)),
        int(tf.reduce_max(labels)),
        logits.shape[-1],
    )
    if least < 0 or most >= count:
        raise ValueError(
            f"`labels` must be classes of the classifier, 0 to {count - 1}. "
            f"Received {least if least < 0 else most}."
        )
    low, high = float(tf.reduce_min(images)), float(tf.reduce_max(images))
    if not (low >= LOW and high <= HIGH):
        raise ValueError(
            "`images` must lie in [-1, 1]. Received numbers from "
            f"{low:g} to {high:g}. For levels 0..255 use images / 127.5 - 1."
        )
    check_logits(logits)


def check_logits(logits: tf.Tensor) -> None:
    """Raises ValueError for what look like probabilities, [B, V].

    Their gradients vanish where the classifier is sure, so that it would look
    robust.
    """
    sums = tf.reduce_sum(logits, axis=-1)
    positive = tf.reduce_all(logits >= 0)
    if positive and tf.reduce_all(tf.abs(sums - 1.0) < _TOLERANCE):
        raise ValueError(
            "The classifier must return logits. Received numbers from 0 that "
            "add up to 1 in each row, which are probabilities: their gradients "
            "vanish, and every attack would look weak. Leave out the softmax."
        )


def ascent(
    classify: protocols.LogitsFn,
    images: tf.Tensor,
    labels: tf.Tensor,
    loss: str,
    targeted: bool,
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Gains [B], whether reached [B], and the gradient like images."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(images)
        logits = tf.cast(classify(images), tf.float32)
        found = gains(logits, labels, loss, targeted)
    return (
        found,
        is_reached(logits, labels, targeted),
        tape.gradient(found, images),
    )
