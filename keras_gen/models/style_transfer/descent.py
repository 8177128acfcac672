"""Descent on the pixels of an image, by L-BFGS or an optimizer of Keras.

Both yield after each few steps, so that somebody can watch, and take all the
steps between in one call of a graph.

Reference: Liu and Nocedal 1989, "On the limited memory BFGS method for large
scale optimization".
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import keras
import tensorflow as tf
import tensorflow_probability as tfp

# An image to its loss [].
LossFn = Callable[[tf.Tensor], tf.Tensor]

_NUM_PAIRS = 10  # Of positions and gradients that L-BFGS remembers.
_LONGEST_SEARCH = 20  # Evaluations along one direction.
_FIRST_MOVE = 0.01  # Of a pixel, in the mean.
_TINY = 1e-12


class Found(NamedTuple):
    """Where a descent is.

    Attributes:
        image: [1, H, W, 3].
        loss: [] of it.
        num_evaluations: [] int32, of loss and gradient so far.
    """

    image: tf.Tensor
    loss: tf.Tensor
    num_evaluations: tf.Tensor


def scale_of(loss: LossFn, image: tf.Tensor) -> tf.Tensor:
    """What L-BFGS must multiply a loss by to begin with a small step, [].

    Its first step is the negative gradient. One that is far too long or too
    short has the line search fail, or costs evaluations.
    """
    _, gradient = _value_and_gradient(loss, image)
    size = tf.sqrt(tf.reduce_mean(gradient**2))
    return _FIRST_MOVE / tf.maximum(size, _TINY)


def lbfgs_steps(
    loss: LossFn,
    image: tf.Tensor,
    num_steps: Any,
    scale: tf.Tensor,
    previous: Any = None,
) -> Any:
    """At most `num_steps` steps of L-BFGS on the pixels.

    Args:
        loss: to be minimised.
        image: where it begins, [1, H, W, 3].
        num_steps: int, or a tensor [].
        scale: of the loss, from `scale_of`.
        previous: results of the steps before, or None.

    Returns:
        Results of `tfp.optimizer.lbfgs_minimize`, of flat images.
    """
    shape = tf.shape(image)

    def value_and_gradient(flat):
        value, gradient = _value_and_gradient(loss, tf.reshape(flat, shape))
        return scale * value, tf.reshape(scale * gradient, (-1,))

    position = tf.reshape(image, (-1,))
    if previous is not None:
        position, num_steps = None, previous.num_iterations + num_steps
    return tfp.optimizer.lbfgs_minimize(
        value_and_gradient,
        initial_position=position,
        previous_optimizer_results=previous,
        num_correction_pairs=_NUM_PAIRS,
        max_line_search_iterations=_LONGEST_SEARCH,
        max_iterations=num_steps,
        # The budget alone ends it.
        tolerance=0.0,
        x_tolerance=0.0,
        f_relative_tolerance=0.0,
        f_absolute_tolerance=0.0,
    )


def lbfgs(
    loss: LossFn, image: tf.Tensor, num_steps: int, every: int
) -> Iterator[Found]:
    """Yields after each `every` steps, and at the end.

    Where the line search fails it begins anew from there, without memory; it
    ends where that fails at once.
    """
    find_scale = tf.function(lambda x: scale_of(loss, x))
    first = tf.function(lambda x, n, scale: lbfgs_steps(loss, x, n, scale))
    later = tf.function(
        lambda x, n, scale, found: lbfgs_steps(loss, x, n, scale, found)
    )
    found, scale, before, done = None, None, 0, 0
    while done < num_steps:
        count = min(every, num_steps - done)
        number = tf.constant(count)
        if found is None:
            scale = find_scale(image)
            before += 1
            found = first(image, number, scale)
            start = 0
        else:
            start = int(found.num_iterations)
            found = later(image, number, scale, found)
        taken = int(found.num_iterations) - start
        image = tf.reshape(found.position, image.shape)
        evaluations = before + found.num_objective_evaluations
        yield Found(image, found.objective_value / scale, evaluations)
        done += taken
        if found.failed or taken < count:
            if not taken:
                return
            before, found = int(evaluations), None


def _value_and_gradient(loss, image):
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(image)
        value = loss(image)
    return value, tape.gradient(value, image)


class Descent:
    """Steps by an optimizer of Keras, within [-1, 1].

    Args:
        loss: to be minimised.
        image: where it begins, [1, H, W, 3].
        optimizer: its like takes the steps; it stays as it is.
    """

    def __init__(
        self,
        loss: LossFn,
        image: tf.Tensor,
        optimizer: keras.optimizers.Optimizer,
    ) -> None:
        self._loss = loss
        self._pixels = keras.Variable(image)
        self._optimizer = type(optimizer).from_config(optimizer.get_config())
        self._optimizer.build([self._pixels])
        self._steps = tf.function(self._take)
        self._done = 0

    def take(self, count: int) -> Found:
        """The image after `count` more steps."""
        value = self._steps(tf.constant(count))
        self._done += count
        image = tf.convert_to_tensor(self._pixels.value)
        return Found(image, value, tf.constant(self._done))

    def _take(self, count):
        pixels = self._pixels
        for _ in tf.range(count):
            _, gradient = _value_and_gradient(
                self._loss, tf.convert_to_tensor(pixels.value)
            )
            self._optimizer.apply([gradient], [pixels])
            pixels.assign(tf.clip_by_value(pixels.value, -1.0, 1.0))
        return self._loss(pixels.value)


def gradient_descent(
    loss: LossFn,
    image: tf.Tensor,
    num_steps: int,
    every: int,
    optimizer: keras.optimizers.Optimizer,
) -> Iterator[Found]:
    """Like `lbfgs`, by a `Descent`."""
    steps = Descent(loss, image, optimizer)
    for count in _chunks(num_steps, every):
        yield steps.take(count)


def _chunks(total: int, size: int) -> Iterator[int]:
    for start in range(0, total, size):
        yield min(size, total - start)
