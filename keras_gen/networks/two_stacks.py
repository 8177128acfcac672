"""Networks of two stacks: rows above, and what is left in a pixel's own row.

The vertical stack sees the rows above, all of them and to both sides, so there
is no blind spot; the horizontal one what is to the left, and at each layer the
vertical one's link. Pixel by pixel, the vertical stack does a row when the row
before it is complete, and the links of the row are kept.

Reference: van den Oord et al. 2016, arXiv 1606.05328, section 2.2.
"""

from typing import Any

from keras import ops

from keras_gen.networks import pixel_network


class TwoStackNetwork(pixel_network.PixelNetwork):
    """Base: a subclass defines `vertical`, `horizontal` and its layers."""

    def vertical(self, x: Any, condition: Any, run: Any) -> list[Any]:
        """Links [..., W, D] of an image or a row."""
        raise NotImplementedError(f"{type(self).__name__}.vertical")

    def horizontal(self, x: Any, links: list, condition: Any, run: Any) -> Any:
        """Outputs [..., P] of an image or a pixel, and its links."""
        raise NotImplementedError(f"{type(self).__name__}.horizontal")

    @property
    def row_layers(self) -> list:
        """Those of the vertical stack that remember rows."""
        raise NotImplementedError(f"{type(self).__name__}.row_layers")

    @property
    def column_layers(self) -> list:
        """Those of the horizontal stack that remember pixels."""
        raise NotImplementedError(f"{type(self).__name__}.column_layers")

    @property
    def link_sizes(self) -> list[int]:
        """D of each link."""
        raise NotImplementedError(f"{type(self).__name__}.link_sizes")

    def outputs(self, x: Any, condition: Any) -> Any:
        run = pixel_network.Whole()
        links = self.vertical(x, condition, run)
        return self.horizontal(x, links, condition, run)

    def column(self, past, place, state, condition):
        width = self.image_shape[1]

        def next_row():
            run = pixel_network.Row(state["rows"])
            last = past[:, -1 - width : -1]
            return self.vertical(last, condition, run), run.state

        links, rows = ops.cond(
            place.begins_row, next_row, lambda: (state["links"], state["rows"])
        )
        here = [ops.take(link, place.column, axis=1) for link in links]
        run = pixel_network.Column(state["columns"], place)
        found = self.horizontal(past, here, condition, run)
        return found, {"rows": rows, "links": links, "columns": run.state}

    def layer_state(self, num_rows: Any) -> dict[str, Any]:
        width = self.image_shape[1]
        links = [
            ops.zeros((num_rows, width, size), self.compute_dtype)
            for size in self.link_sizes
        ]
        return {
            "rows": self.memories(self.row_layers, num_rows),
            "links": links,
            "columns": self.memories(self.column_layers, num_rows),
        }
