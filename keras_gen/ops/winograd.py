"""Convolutions of 3 x 3 by Winograd's algorithm, F(2 x 2, 3 x 3).

    Y = A' [(G g G') * (B' d B)] A

A tile d of 4 x 4 numbers gives Y, 2 x 2 results, by 16 products instead of 36.
For many channels the products are matrices', one for each of the 16 places, and
the kernels G g G' are made once. XLA fuses the sums around them; without it
they take longer than what is saved.

Results differ from those of a direct convolution by a few roundings.

Reference: Lavin and Gray 2015, arXiv 1509.09308, Eq. 7 and 8, section 4.1.
"""

from collections.abc import Sequence
from typing import Any

from keras import ops

# B', G and A'.
_TILES = ((1, 0, -1, 0), (0, 1, 1, 0), (0, -1, 1, 0), (0, 1, 0, -1))
_KERNELS = ((1, 0, 0), (0.5, 0.5, 0.5), (0.5, -0.5, 0.5), (0, 0, 1))
_RESULTS = ((1, 1, 1, 0), (0, 1, -1, -1))
_STEP, _SIZE = 2, 4


def transformed(kernel: Any) -> Any:
    """What `convolved` takes, of a kernel [3, 3, C, K]: [16, C, K]."""
    matrix = ops.cast(_KERNELS, kernel.dtype)
    found = ops.einsum("ai,bj,ijck->abck", matrix, matrix, kernel)
    return ops.reshape(found, (_SIZE**2, *kernel.shape[2:]))


def convolved(maps: Any, kernels: Any) -> Any:
    """A convolution with zeros around the maps, strides 1.

    Args:
        maps: [B, H, W, C], of a known size.
        kernels: [16, C, K], what `transformed` returned.

    Returns:
        [B, H, W, K].
    """
    _, height, width, size = maps.shape
    rows, columns = -(-height // _STEP), -(-width // _STEP)
    pads = (
        (1, 1 + _STEP * x - y) for x, y in ((rows, height), (columns, width))
    )
    maps = ops.pad(maps, ((0, 0), *pads, (0, 0)))
    tiles = [
        part
        for line in _combined(_TILES, _every_second(maps, rows, axis=1))
        for part in _combined(_TILES, _every_second(line, columns, axis=2))
    ]
    tiles = ops.stack([ops.reshape(each, (-1, size)) for each in tiles])
    places = ops.matmul(tiles, kernels)  # [16, B * rows * columns, K]
    width_out = kernels.shape[-1]
    shape = (_SIZE, _SIZE, -1, rows, columns, width_out)
    lines = _combined(_RESULTS, ops.unstack(ops.reshape(places, shape)))
    pairs = [
        ops.stack(_combined(_RESULTS, ops.unstack(each, _SIZE)), axis=3)
        for each in lines
    ]
    shape = (-1, _STEP * rows, _STEP * columns, width_out)
    return ops.reshape(ops.stack(pairs, axis=2), shape)[:, :height, :width]


def _combined(matrix: Sequence[Sequence[int]], parts: Sequence[Any]) -> list:
    """Sums of parts as the rows of a matrix of 1, 0 and -1 say."""
    return [
        sum(sign * part for sign, part in zip(row, parts, strict=True) if sign)
        for row in matrix
    ]


def _every_second(maps, count, axis):
    """The numbers at each of the four places of all tiles along an axis."""
    places = [slice(None)] * len(maps.shape)
    parts = []
    for first in range(_SIZE):
        places[axis] = slice(first, first + _STEP * count - 1, _STEP)
        parts.append(maps[tuple(places)])
    return parts
