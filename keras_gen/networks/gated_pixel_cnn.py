"""The Gated PixelCNN: two stacks of gated convolutions, with classes.

    gate(z) = tanh(z_1 + V_1 h) sigmoid(z_2 + V_2 h)          Eq. 4
    vertical    v = gate(K_v v),                K_v of the rows above
    horizontal  h = h + 1 x 1 gate(K_h h + 1 x 1 K_v v)       Figure 2
    head        relu, 1 x 1, relu, 1 x 1 to V logits of each channel

Reference: van den Oord et al. 2016, arXiv 1606.05328.
"""

from typing import Any

import keras
from keras import ops

from keras_gen.layers import lstm_gates, row_conv
from keras_gen.networks import pixel_network, two_stacks


@keras.saving.register_keras_serializable("keras_gen")
class GatedPixelCNNNetwork(two_stacks.TwoStackNetwork):
    """images [B, H, W, C] -> logits [B, H, W, C V].

    Args:
        image_shape: (H, W, C).
        num_levels: V.
        width: p, numbers of a pixel of each stack.
        num_layers: gated layers of each stack.
        kernel_size: of the first layers; those behind have 3.
        head_width: of the head.
        num_classes: of labels; 0 for none.
        **options: of `keras.Model`.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        num_levels: int = 2,
        width: int = 32,
        num_layers: int = 8,
        kernel_size: int = 7,
        head_width: int = 64,
        num_classes: int = 0,
        **options: Any,
    ) -> None:
        super().__init__(image_shape, num_classes, **options)
        self._sizes = {
            "num_levels": num_levels,
            "width": width,
            "num_layers": num_layers,
            "kernel_size": kernel_size,
            "head_width": head_width,
        }
        self._make_stacks(width, num_layers, kernel_size // 2)
        self.head = self.head_of(head_width, num_levels)
        self.finish((2 * num_layers - 1) * 2 * width)

    def _make_stacks(self, width, num_layers, side):
        dtype = self.dtype_policy
        layers = range(num_layers)
        self.row_first = row_conv.RowConv2D(
            width, side, side, strict=True, dtype=dtype, name="row_first"
        )
        self.rows = [
            row_conv.RowConv2D(2 * width, 2, 1, dtype=dtype, name=f"row_{i}")
            for i in layers
        ]
        self.links = [
            keras.layers.Dense(2 * width, dtype=dtype, name=f"link_{i}")
            for i in layers
        ]
        self.first = self.masked("first", width, (0, side, 0), "A")
        self.columns = [
            self.masked(f"column_{i}", 2 * width, (0, 1, 0)) for i in layers
        ]
        self.outs = [self.masked(f"column_{i}_out", width) for i in layers]

    def vertical(self, x, condition, run):
        x, links = run(self.row_first, x), []
        classes = self._classes(condition)[: len(self.rows) - 1]
        for index, (conv, link) in enumerate(
            zip(self.rows, self.links, strict=True)
        ):
            found = run(conv, x)
            links.append(run(link, found))
            if index < len(classes):  # The last one has links alone.
                x = _gate(pixel_network.with_class(found, classes[index]), 1)
        return links

    def horizontal(self, x, links, condition, run):
        x = run.first(self.first, x)
        classes = self._classes(condition)[len(self.rows) - 1 :]
        for conv, out, link, said in zip(
            self.columns, self.outs, links, classes, strict=True
        ):
            found = pixel_network.with_class(run(conv, x) + link, said)
            x = x + run(out, _gate(found, self.image_shape[2]))
        return pixel_network.through_head(self.head, x, run)

    def _classes(self, condition):
        """What the class says to each layer."""
        count = 2 * len(self.rows) - 1
        if condition is None:
            return [None] * count
        return ops.split(condition, count, axis=-1)

    @property
    def row_layers(self) -> list:
        return [self.row_first, *self.rows]

    @property
    def column_layers(self) -> list:
        return self.columns

    @property
    def link_sizes(self) -> list[int]:
        return [2 * self._sizes["width"]] * len(self.links)

    @property
    def num_past(self) -> int:
        return max(self.image_shape[1], self.first.reach[1]) + 1

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | self._sizes


def _gate(x, num_groups):
    """[..., 2 p] -> [..., p]."""
    value, gate = lstm_gates.split(x, 2, num_groups)
    return ops.tanh(value) * ops.sigmoid(gate)
