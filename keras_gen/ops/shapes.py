"""Shape documentation that is executed.

    shapes.check(images, "B 28 28 C", "images")

Letters are the glossary's; a number is a fixed size; `...` is any number of
leading axes. Equal letters in one call must have equal sizes.
"""

from collections.abc import Sequence
from typing import Any


def check(value: Any, pattern: str, name: str) -> dict[str, int | None]:
    """Raises ValueError unless the shape of `value` matches `pattern`.

    Args:
        value: anything with a `shape`.
        pattern: axis names and sizes parted by spaces, such as "B T D".
        name: what the message calls `value`.

    Returns:
        The size of each letter; None where it is unknown in a graph.

    Raises:
        ValueError: names the argument, the pattern and the shape received.
    """
    shape = tuple(value.shape)
    axes = pattern.split()
    if axes[0] == "...":
        axes = axes[1:]
        matches = len(shape) >= len(axes)
        tail = shape[len(shape) - len(axes) :]
    else:
        matches = len(shape) == len(axes)
        tail = shape
    sizes: dict[str, int | None] = {}
    if matches:
        matches = _match(axes, tail, sizes)
    if not matches:
        raise ValueError(
            f"`{name}` must have shape [{', '.join(pattern.split())}]. "
            f"Received shape {list(shape)}."
        )
    return sizes


def _match(
    axes: Sequence[str],
    shape: Sequence[int | None],
    sizes: dict[str, int | None],
) -> bool:
    for axis, size in zip(axes, shape, strict=True):
        expected = int(axis) if axis.isdigit() else sizes.get(axis)
        if None not in (expected, size) and expected != size:
            return False
        if not axis.isdigit() and sizes.get(axis) is None:
            sizes[axis] = size
    return True
