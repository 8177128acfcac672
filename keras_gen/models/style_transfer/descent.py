"""Descent on the pixels of an image, by L-BFGS or an optimizer of Keras.

Both yield after each few steps, so that somebody can watch, and take all the
steps between in one call of a graph.
"""

import functools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from keras_gen.models.style_transfer import lbfgs

# An image to its loss [].
LossFn = Callable[[tf.Tensor], tf.Tensor]
LEVELS = (-1.0, 1.0)  # Of pixels, in whose range every descent stays.


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


def flat(loss: LossFn, image: tf.Tensor) -> lbfgs.ValueAndGradient:
    """The function of flat images whose least L-BFGS looks for."""
    shape, evaluate = tf.shape(image), _evaluation(loss)

    def value_and_gradient(position):
        found = evaluate(tf.reshape(position, shape))
        return found[0], tf.reshape(found[1], (-1,))

    return value_and_gradient


class ByLBFGS:
    """Descents by L-BFGS, compiled once for all images of a size.

    Args:
        loss: of an image, and of what it is to look like: a structure of
            tensors, which a descent is given.
    """

    def __init__(self, loss: Callable[[tf.Tensor, Any], tf.Tensor]) -> None:
        self._loss = loss
        self._begin = tf.function(self._state_of)
        self._go_on = tf.function(self._further)

    def run(
        self, image: tf.Tensor, targets: Any, num_steps: int, every: int
    ) -> Iterator[Found]:
        """Yields after each `every` steps, and at the end.

        Args:
            image: where it begins, [1, H, W, 3].
            targets: what the loss takes beside it.
            num_steps: of L-BFGS; fewer where nothing more is gained.
            every: steps in one call of a graph.
        """
        state = self._begin(image, targets)
        for count in _chunks(num_steps, every):
            image, state = self._go_on(
                state, image, targets, tf.constant(count)
            )
            yield Found(image, state.value, state.num_evaluations)
            if state.is_stuck:
                return

    def _state_of(self, image, targets):
        function = self._function(image, targets)
        return lbfgs.begin(function, tf.reshape(image, (-1,)))

    def _further(self, state, image, targets, num_steps):
        function = self._function(image, targets)
        state = lbfgs.minimize(function, state, num_steps, LEVELS)
        return tf.reshape(state.position, image.shape), state

    def _function(self, image, targets):
        return flat(lambda x: self._loss(x, targets), image)


def _evaluation(loss: LossFn) -> Callable:
    """An image to its loss and the gradient of it.

    It stays a function of its own in the graph: in a loop oneDNN may look at
    the gradient of a pooling before the pooling itself, and then leaves it to
    a kernel that takes ten times as long.
    """

    @functools.partial(
        tf.function,
        autograph=False,
        experimental_attributes={"_noinline": True},
    )
    def evaluate(image):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(image)
            value = loss(image)
        return value, tape.gradient(value, image)

    return evaluate


class Descent:
    """Steps by an optimizer of Keras, within [-1, 1].

    A step costs one evaluation: that of the image it leads to, whose loss is
    told and whose gradient the next step follows.

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
        self._evaluate = _evaluation(loss)
        self._pixels = keras.Variable(image)
        self._optimizer = type(optimizer).from_config(optimizer.get_config())
        self._optimizer.build([self._pixels])
        self._steps = tf.function(self._take)
        self._found = self._evaluate(self._image)
        self._num_evaluations = 1

    @property
    def _image(self):
        return tf.convert_to_tensor(self._pixels.value)

    def take(self, count: int) -> Found:
        """The image after `count` more steps."""
        self._found = self._steps(tf.constant(count), *self._found)
        self._num_evaluations += count
        value, _ = self._found
        return Found(self._image, value, tf.constant(self._num_evaluations))

    def _take(self, count, value, gradient):
        pixels = self._pixels
        for _ in tf.range(count):
            self._optimizer.apply([gradient], [pixels])
            pixels.assign(tf.clip_by_value(pixels.value, *LEVELS))
            value, gradient = self._evaluate(self._image)
        return value, gradient


def gradient_descent(
    loss: LossFn,
    image: tf.Tensor,
    num_steps: int,
    every: int,
    optimizer: keras.optimizers.Optimizer,
) -> Iterator[Found]:
    """Like `ByLBFGS.run`, by a `Descent`."""
    steps = Descent(loss, image, optimizer)
    for count in _chunks(num_steps, every):
        yield steps.take(count)


def _chunks(total: int, size: int) -> Iterator[int]:
    for start in range(0, total, size):
        yield min(size, total - start)
