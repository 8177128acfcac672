"""Pixels one after the other, and what a layer remembers of those before.

In raster order pixel p is at row p // W, column p % W. A register is the last M
vectors of a map, [B, M, D], that of the pixel at hand behind the others. So the
vector of the pixel dy rows above and dx columns to the right is always at the
same place of it, M - 1 - dy W + dx: reading is a slice, going on is a shift.
Beyond the left and right edge that slice has pixels of other rows, which
`inside` says; before the first row it has the zeros of the start.

Of C > 1 channels, values of a pixel come one by one: the last place of a
register is written C times before it moves.
"""

from typing import Any, NamedTuple

import numpy as np
from keras import ops


class Place(NamedTuple):
    """Where the pixel at hand is.

    Attributes:
        row: [] int32.
        column: [] int32.
        channel: [] int32, whose value is asked for.
        width: W.
        is_new: [] bool, whether the pixel is another than a step before; None
            where it always is.
    """

    row: Any
    column: Any
    channel: Any
    width: int
    is_new: Any = None

    @property
    def begins_row(self) -> Any:
        """[] bool, whether the row is another than a step before."""
        begins = ops.equal(self.column, 0)
        return begins if self.is_new is None else begins & self.is_new


def place_of(index: Any, width: int, channels: int) -> Place:
    """That of value number `index` [] int32 of an image."""
    pixel, channel = index // channels, index % channels
    is_new = None if channels == 1 else ops.equal(channel, 0)
    return Place(pixel // width, pixel % width, channel, width, is_new)


def turn(register: Any, place: Place) -> Any:
    """The register [B, M, D] moved to the pixel at hand, of which it has 0."""
    zeros = ops.zeros_like(register[:, :1])
    moved = ops.concatenate([register[:, 1:], zeros], axis=1)
    if place.is_new is None:
        return moved
    return ops.where(place.is_new, moved, register)


def write(register: Any, value: Any) -> Any:
    """The register [B, M, D] with `value` [B, D] for the pixel at hand."""
    return ops.concatenate([register[:, :-1], value[:, None]], axis=1)


def push(register: Any, value: Any, place: Place) -> Any:
    """Both of these."""
    return write(turn(register, place), value)


def near(register: Any, place: Place, above: int, left: int, right: int) -> Any:
    """The vectors [B, right + left + 1, D] of a row `above` that at hand."""
    centre = register.shape[1] - 1 - above * place.width
    found = register[:, centre - left : centre + right + 1]
    if not left and not right:
        return found
    return found * inside(place, left, right, found.dtype)


def inside(place: Place, left: int, right: int, dtype: Any) -> Any:
    """1 or 0 of the columns around that at hand, [left + 1 + right, 1]."""
    columns = np.arange(place.width)[:, None] + np.arange(-left, right + 1)
    table = (columns >= 0) & (columns < place.width)  # [W, ...]
    table = ops.convert_to_tensor(table.astype("float32"))
    return ops.cast(ops.take(table, place.column, axis=0), dtype)[:, None]
