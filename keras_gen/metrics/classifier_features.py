"""Features of a classifier that is trained on the spot.

Grey digits are unlike anything Inception has seen, and its weights may not be
at hand. Features of a classifier of the very data set see what matters in it;
the values compare only with others by the same classifier, which the seed and
the data fix.
"""

from collections.abc import Callable, Iterator

import keras
import numpy as np
import tensorflow as tf

from keras_gen import networks, optimizers
from keras_gen.metrics import feature_network
from keras_gen.ops import images as image_ops
from keras_gen.ops import shapes


def train_classifier(
    levels: np.ndarray,
    labels: np.ndarray,
    *,
    data: str = "unnamed data",
    feature_size: int = 64,
    num_epochs: int = 5,
    batch_size: int = 100,
    learning_rate: float = 2e-3,
    seed: int = 0,
) -> feature_network.FeatureNetwork:
    """Trains a classifier; its layer before the last gives the features.

    Adam, learning rate falling to 0 by a cosine. Features are divided by their
    root mean square over training images, so values do not depend on how large
    the weights grew. Equal arguments give equal features; nothing is kept in
    files and no global seed is touched.

    Args:
        levels: [N, H, W, C] uint8.
        labels: [N] int32, classes from 0.
        data: names the data set in the protocol.
        feature_size: D.
        num_epochs: passes.
        batch_size: images in a step.
        learning_rate: the first.
        seed: of weights and order.

    Returns:
        A FeatureNetwork with logits.

    Raises:
        ValueError: labels and images do not fit, or there are too few.
    """
    shapes.check(levels, "N H W C", "levels")
    num_steps = len(levels) // batch_size
    if labels is None or len(labels) != len(levels) or not num_steps:
        found = "none" if labels is None else f"{len(labels):,}"
        raise ValueError(
            f"`labels` must be one for each of the {len(levels):,} images, and "
            f"there must be {batch_size} of them or more. Received {found}. "
            "Take features of another network for data without labels."
        )
    model = networks.digit_classifier(
        levels.shape[1:],
        int(labels.max()) + 1,
        feature_size,
        seed=seed,
        dtype="float32",  # Whatever the policy of a training around it.
    )
    step = _step(model, learning_rate, num_steps * num_epochs)
    for rows in _batches(len(levels), batch_size, num_epochs, seed):
        step(tf.constant(levels[rows]), tf.constant(labels[rows]))
    name = f"classifier of {len(levels):,} images of {data}"
    return feature_network.FeatureNetwork(
        _normalized(model, levels),
        layer="features",
        size=feature_size,
        name=f"{name}, {num_epochs} epochs, seed {seed}",
        logits="logits",
    )


def accuracy(
    network: feature_network.FeatureNetwork,
    levels: np.ndarray,
    labels: np.ndarray,
) -> float:
    """Share of images [N, H, W, C] uint8 that the classifier knows."""
    right = 0
    for start in range(0, len(levels), 1000):
        batch = image_ops.to_float(levels[start : start + 1000])
        _, logits = network(batch, batch_size=1000)
        right += int((logits.argmax(1) == labels[start : start + 1000]).sum())
    return right / len(levels)


def _batches(
    num_examples: int, batch_size: int, num_epochs: int, seed: int
) -> Iterator[np.ndarray]:
    """Rows of each step; every epoch has an order of its own."""
    random = np.random.default_rng(seed)
    num_steps = num_examples // batch_size
    for _ in range(num_epochs):
        order = random.permutation(num_examples)[: num_steps * batch_size]
        yield from order.reshape(num_steps, batch_size)


def _step(
    model: keras.Model, learning_rate: float, num_steps: int
) -> Callable[[tf.Tensor, tf.Tensor], None]:
    """(levels [B, H, W, C], labels [B]) -> one update of the weights."""
    optimizer = optimizers.Adam(
        keras.optimizers.schedules.CosineDecay(learning_rate, num_steps)
    )
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(levels: tf.Tensor, labels: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            logits = model(image_ops.to_float(levels), training=True)["logits"]
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
                labels, logits
            )
            loss = tf.reduce_mean(losses)
        weights = model.trainable_variables
        optimizer.apply(tape.gradient(loss, weights), weights)

    return step


def _normalized(
    model: keras.Model, levels: np.ndarray
) -> Callable[[tf.Tensor], dict[str, tf.Tensor]]:
    """The trained FeatureFn, its features divided by their size."""
    squares = [
        np.square(model(image_ops.to_float(batch))["features"])
        for batch in np.array_split(levels[:10_000], 10)
        if len(batch)
    ]
    size = np.sqrt(np.concatenate(squares).mean())

    @tf.function(reduce_retracing=True)
    def features(images: tf.Tensor) -> dict[str, tf.Tensor]:
        found = model(images, training=False)
        return found | {"features": found["features"] / size}

    return features
