"""The gates of an LSTM, grouped by channels of a pixel.

    c' = f c + i g,    h' = o tanh(c')

Numbers of C channels lie apart, so that those of a later channel never reach an
earlier one: of each of C groups first i, then f, o and g.
"""

from typing import Any

from keras import ops


def gated(gates: Any, cell: Any, num_groups: int) -> tuple[Any, Any]:
    """h' and c' [..., D] of gates [..., 4 D] before their activations.

    Args:
        gates: [..., 4 D].
        cell: c, [..., D].
        num_groups: C.
    """
    i, f, o, g = split(gates, 4, num_groups)
    cell = ops.sigmoid(f) * cell + ops.sigmoid(i) * ops.tanh(g)
    return ops.sigmoid(o) * ops.tanh(cell), cell


def split(x: Any, count: int, num_groups: int) -> list[Any]:
    """`count` parts [..., D] of x [..., count D], of each group its own."""
    if num_groups == 1:
        return ops.split(x, count, axis=-1)
    size = x.shape[-1]
    lead = [-1, *x.shape[1:-1]]
    grouped = ops.reshape(x, (*lead, num_groups, size // num_groups))
    parts = ops.split(grouped, count, axis=-1)
    return [ops.reshape(each, (*lead, size // count)) for each in parts]
