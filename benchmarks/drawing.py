"""Pictures of curves, by matplotlib, without a screen."""

import contextlib
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def curves(output: str, x_label: str, y_label: str) -> Iterator[Any]:
    """Axes to plot on, which are written as a PNG file at the end.

    Args:
        output: the file.
        x_label: of the horizontal axis.
        y_label: of the vertical one.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 4), layout="constrained")
    yield axes
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(output, dpi=100)
