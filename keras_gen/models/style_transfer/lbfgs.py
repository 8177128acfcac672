"""L-BFGS within bounds, for functions of which a value costs a second.

    d_k = -H_k g_k,   x_{k+1} = P(x_k + t d_k)

P cuts at the bounds; numbers that stand at one and would go beyond are left out
of g and d, so that what is found has the value that is told. H_k is what the
last moves s = x' - x and changes of the gradient y = g' - g say of the inverse
Hessian. The length t is 1 where that is descent enough, else less, so that a
step takes little more than one evaluation; a search that meets Wolfe's
conditions too, as TFP's, takes three.

Reference: Liu and Nocedal 1989, "On the limited memory BFGS method for large
scale optimization", Algorithm 2.1; Nocedal and Wright 2006, "Numerical
Optimization", Algorithm 7.4 and section 3.5; Bertsekas 1982, "Projected Newton
methods for optimization problems with simple constraints", for the bounds.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

_NUM_PAIRS = 10  # m
_FIRST_MOVE = 0.01  # Root mean square of the first step,
_GROWTH = 2.0  # and of the next, where the function bends the other way.
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
        reach: [] root mean square of a step that knows no curvature.
        num_evaluations: [] int32, so far.
        is_stuck: [] bool: not even a small step along the gradient descends.
    """

    position: tf.Tensor
    value: tf.Tensor
    gradient: tf.Tensor
    moves: tf.Tensor
    changes: tf.Tensor
    reach: tf.Tensor
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
        _first_reach(value),
        tf.constant(1),
        tf.constant(False),
    )


def minimize(
    function: ValueAndGradient,
    state: State,
    num_steps: tf.Tensor,
    bounds: tuple[float, float] = (-math.inf, math.inf),
) -> State:
    """The state after `num_steps` [] more steps, or where it is stuck.

    Args:
        function: to be minimised.
        state: of `begin`, or of an earlier call; within the bounds.
        num_steps: [] int32.
        bounds: the least and the greatest number of a position.
    """
    _, state = tf.while_loop(
        lambda step, state: (step < num_steps) & ~state.is_stuck,
        lambda step, state: (step + 1, _step(function, state, bounds)),
        (tf.constant(0), state),
        parallel_iterations=1,
    )
    return state


def _step(function, state, bounds):
    direction = _direction(state, bounds)
    found, is_lower = _search(function, state, direction, bounds)
    *_, count = found
    state = state._replace(num_evaluations=state.num_evaluations + count)
    return tf.cond(
        is_lower, lambda: _moved(state, *found[:3]), lambda: _forgotten(state)
    )


def _moved(state, position, value, gradient):
    """The state at a lower position, which remembers the way there."""
    move, change = position - state.position, gradient - state.gradient
    is_curved = _is_curved(move, change)
    moves, changes = (
        tf.where(is_curved, tf.concat([kept[1:], new[tf.newaxis]], 0), kept)
        for kept, new in ((state.moves, move), (state.changes, change))
    )
    return state._replace(
        position=position,
        value=value,
        gradient=gradient,
        moves=moves,
        changes=changes,
        reach=tf.where(is_curved, _first_reach(value), _GROWTH * state.reach),
    )


def _forgotten(state):
    """The state after a search that failed: without memory.

    Where there was none, it is stuck.
    """
    empty = tf.zeros_like(state.moves)
    return state._replace(
        moves=empty,
        changes=empty,
        reach=_first_reach(state.value),
        is_stuck=tf.reduce_all(state.moves[-1] == 0.0),
    )


def _direction(state, bounds):
    """-H g of what is free to move, by two loops over the pairs."""
    low, high = bounds
    down = state.gradient > 0.0
    is_free = tf.where(down, state.position > low, state.position < high)
    is_free = tf.cast(is_free, state.position.dtype)
    rest = is_free * state.gradient
    size = tf.sqrt(tf.reduce_mean(rest**2))
    pairs, scale = [], tf.math.divide_no_nan(state.reach, size)
    for move, change in zip(
        *map(tf.unstack, (state.moves, state.changes)), strict=True
    ):
        # What is not free would make it believe in a stronger curvature.
        move, change = is_free * move, is_free * change
        along, is_curved = _dot(move, change), _is_curved(move, change)
        rate = tf.where(is_curved, tf.math.divide_no_nan(1.0, along), 0.0)
        scale = tf.where(
            is_curved, tf.math.divide_no_nan(along, _dot(change, change)), scale
        )
        pairs.append((move, change, rate))
    shares = []
    for move, change, rate in reversed(pairs):
        shares.append(rate * _dot(move, rest))
        rest -= shares[-1] * change
    rest *= scale
    for (move, change, rate), share in zip(pairs, shares[::-1], strict=True):
        rest += (share - rate * _dot(change, rest)) * move
    return -is_free * rest


def _search(function, state, direction, bounds):
    """((position, value, gradient, evaluations), whether it is lower)."""

    def promise(position):
        return _dot(state.gradient, position - state.position)

    def is_enough(position, value):
        slope = promise(position)
        return (slope < 0.0) & (value <= state.value + _ENOUGH * slope)

    def evaluate(length):
        position = state.position + length * direction
        position = tf.clip_by_value(position, *bounds)
        return position, *function(position)

    def shorter(length, position, value, gradient, count):
        del gradient
        # Where the parabola through what is known has its least. Eq. 3.58
        slope = promise(position)
        rise = value - state.value - slope
        best = tf.math.divide_no_nan(-slope * length, 2.0 * rise)
        best = tf.where(tf.math.is_finite(best), best, 0.0)
        length = tf.clip_by_value(best, 0.1 * length, 0.5 * length)
        return length, *evaluate(length), count + 1

    one = tf.ones_like(state.value)
    _, *found = tf.while_loop(
        lambda length, position, value, gradient, count: (
            ~is_enough(position, value) & (count < _LONGEST_SEARCH)
        ),
        shorter,
        (one, *evaluate(one), tf.constant(1)),
        parallel_iterations=1,
    )
    position, value, *_ = found
    return found, is_enough(position, value)


def _first_reach(value):
    return tf.constant(_FIRST_MOVE, value.dtype)


def _is_curved(move, change):
    lengths = tf.norm(move) * tf.norm(change)
    return _dot(move, change) > _LEAST_CURVED * lengths


def _dot(first, second):
    return tf.reduce_sum(first * second)
