"""L-BFGS, for functions of which a value costs a second.

    d_k = -H_k g_k,   x_{k+1} = x_k + t d_k

H_k is what the last moves s = x' - x and changes of the gradient y = g' - g
say of the inverse Hessian. The length t is 1 where that is descent enough, else
less, so that a step takes little more than one evaluation; a search that meets
Wolfe's conditions too, as TFP's, takes three.

Reference: Liu and Nocedal 1989, "On the limited memory BFGS method for large
scale optimization", Algorithm 2.1; Nocedal and Wright 2006, "Numerical
Optimization", Algorithm 7.4 and section 3.5.
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

_NUM_PAIRS = 10  # m
_FIRST_MOVE = 0.01  # Root mean square of the first step.
_ENOUGH = 1e-4  # Of the descent that the slope promises. Eq. 3.4
_LONGEST_SEARCH = 10  # Evaluations along one direction.
_LEAST_CURVED = 1e-8  # Cosine between a move and its change of the gradient.

# Position [N] to value [] and gradient [N].
ValueAndGradient = Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]


class State(NamedTuple):
    """Where a descent is.

    Attributes:
        position: [N].
        value: [] there.
        gradient: [N] there.
        moves: s of the last steps, [m, N], the newest last; 0 where none is.
        changes: y of them, [m, N].
        num_evaluations: [] int32, so far.
        is_stuck: [] bool: not even a small step along the gradient descends.
    """

    position: tf.Tensor
    value: tf.Tensor
    gradient: tf.Tensor
    moves: tf.Tensor
    changes: tf.Tensor
    num_evaluations: tf.Tensor
    is_stuck: tf.Tensor


def begin(function: ValueAndGradient, position: tf.Tensor) -> State:
    """The state at a position [N]: one evaluation."""
    value, gradient = function(position)
    empty = tf.zeros((_NUM_PAIRS, tf.size(position)), position.dtype)
    return State(
        position,
        value,
        gradient,
        empty,
        empty,
        tf.constant(1),
        tf.constant(False),
    )


def minimize(
    function: ValueAndGradient, state: State, num_steps: tf.Tensor
) -> State:
    """The state after `num_steps` [] more steps, or where it is stuck."""
    _, state = tf.while_loop(
        lambda step, state: (step < num_steps) & ~state.is_stuck,
        lambda step, state: (step + 1, _step(function, state)),
        (tf.constant(0), state),
        parallel_iterations=1,
    )
    return state


def _step(function, state):
    direction = _direction(state)
    slope = _dot(direction, state.gradient)
    found = _search(function, state, direction, slope)
    length, value, gradient, count, is_lower = found
    # Away from a search that fails it goes without memory; if there is none,
    # nowhere.
    had_memory = tf.reduce_any(state.moves[-1] != 0.0)
    evaluations = state.num_evaluations + count

    def moved():
        move, change = length * direction, gradient - state.gradient
        lengths = tf.norm(move) * tf.norm(change)
        is_curved = _dot(move, change) > _LEAST_CURVED * lengths
        moves, changes = (
            tf.where(is_curved, tf.concat([kept[1:], new[tf.newaxis]], 0), kept)
            for kept, new in ((state.moves, move), (state.changes, change))
        )
        position = state.position + move
        stuck = tf.constant(False)
        return State(
            position, value, gradient, moves, changes, evaluations, stuck
        )

    def stayed():
        empty = tf.zeros_like(state.moves)
        return state._replace(
            moves=empty,
            changes=empty,
            num_evaluations=evaluations,
            is_stuck=~had_memory,
        )

    return tf.cond(is_lower, moved, stayed)


def _direction(state):
    """-H g, by two loops over the pairs."""
    rest, shares = state.gradient, []
    pairs = list(
        zip(*map(tf.unstack, (state.moves, state.changes)), strict=True)
    )
    rates = [
        tf.math.divide_no_nan(1.0, _dot(move, change)) for move, change in pairs
    ]
    for (move, change), rate in zip(pairs[::-1], rates[::-1], strict=True):
        shares.append(rate * _dot(move, rest))
        rest -= shares[-1] * change
    move, change = pairs[-1]
    size = tf.sqrt(tf.reduce_mean(state.gradient**2))
    rest *= tf.where(
        rates[-1] > 0.0,
        tf.math.divide_no_nan(_dot(move, change), _dot(change, change)),
        tf.math.divide_no_nan(_FIRST_MOVE, size),
    )
    for (move, change), rate, share in zip(
        pairs, rates, shares[::-1], strict=True
    ):
        rest += (share - rate * _dot(change, rest)) * move
    return -rest


def _search(function, state, direction, slope):
    """(length, value, gradient, evaluations, whether it is lower)."""

    def is_enough(length, value):
        return value <= state.value + _ENOUGH * length * slope

    def shorter(length, value, gradient, count):
        del gradient
        # Where the parabola through what is known has its least. Eq. 3.58
        rise = value - state.value - length * slope
        best = tf.math.divide_no_nan(-slope * length**2, 2.0 * rise)
        best = tf.where(tf.math.is_finite(best), best, 0.0)
        length = tf.clip_by_value(best, 0.1 * length, 0.5 * length)
        return length, *evaluate(length), count + 1

    def evaluate(length):
        return function(state.position + length * direction)

    one = tf.ones_like(slope)
    length, value, gradient, count = tf.while_loop(
        lambda length, value, gradient, count: (
            ~is_enough(length, value) & (count < _LONGEST_SEARCH)
        ),
        shorter,
        (one, *evaluate(one), tf.constant(1)),
        parallel_iterations=1,
    )
    is_lower = is_enough(length, value) & (slope < 0.0)
    return length, value, gradient, count, is_lower


def _dot(first, second):
    return tf.reduce_sum(first * second)
