"""The PixelCNN++: two stacks of gated residual layers, down and up again.

    c(x) = elu([x, -x])                                concat-ELU
    layer  x + a sigmoid(b),  [a, b] = K c(K c(x) + 1 x 1 c(others))

The convolutions are shifted: 2 x 3 of the rows above (vertical), 2 x 2 of what
is above and to the left (horizontal). The layers of the way up see those of the
way down, the last first.

Differs from the paper: all layers have the resolution of the image, weights are
not normalized, there is no dropout.

Reference: Salimans et al. 2017, arXiv 1701.05517, section 2 and Figure 2.
"""

from typing import Any

import keras
from keras import ops

from keras_gen.layers import row_conv
from keras_gen.networks import pixel_network, two_stacks


@keras.saving.register_keras_serializable("keras_gen")
class PixelCNNPlusPlusNetwork(two_stacks.TwoStackNetwork):
    """images [B, H, W, C] -> outputs [B, H, W, P] of pixels before.

    Args:
        image_shape: (H, W, C).
        num_outputs: P.
        width: numbers of a pixel of each stack.
        num_layers: of each stack on the way down, and on the way up.
        num_classes: of labels; 0 for none.
        **options: of `keras.Model`.
    """

    sees_channels = False

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        num_outputs: int,
        width: int = 32,
        num_layers: int = 4,
        num_classes: int = 0,
        **options: Any,
    ) -> None:
        super().__init__(image_shape, num_classes, **options)
        self._sizes = {
            "num_outputs": num_outputs,
            "width": width,
            "num_layers": num_layers,
        }
        layers = range(2 * num_layers)
        self.row_first = self._row("row_first", width, strict=True)
        self.first = self._column("first", width, "A")
        self.rows = [self._layer(self._row, f"row_{i}") for i in layers]
        self.columns = [
            self._layer(self._column, f"column_{i}") for i in layers
        ]
        self.row_skips, self.column_skips = (
            [self._dense(f"{name}_skip_{i}", width) for i in range(num_layers)]
            for name in ("row", "column")
        )
        self.links = [self._dense(f"link_{i}", width) for i in layers]
        self.out = self._dense("out", num_outputs)
        self.finish(width)

    def vertical(self, x, condition, run):
        x = pixel_network.with_class(run(self.row_first, x), condition)
        links, skips = [x], []
        half = self._sizes["num_layers"]
        for i, (layer, link) in enumerate(
            zip(self.rows, self.links, strict=True)
        ):
            other = None
            if i < half:
                skips.append(x)
            else:
                skip = self.row_skips[i - half]
                other = run(skip, concat_elu(skips.pop()))
            x = _residual(run, layer, x, other)
            links.append(run(link, concat_elu(x)))
        return links

    def horizontal(self, x, links, condition, run):
        x, skips = run.first(self.first, x) + links[0], []
        half = self._sizes["num_layers"]
        for i, (layer, other) in enumerate(
            zip(self.columns, links[1:], strict=True)
        ):
            if i < half:
                skips.append(x)
            else:
                skip = self.column_skips[i - half]
                other = other + run(skip, concat_elu(skips.pop()))
            x = _residual(run, layer, x, other)
        return run(self.out, keras.activations.elu(x))

    @property
    def row_layers(self) -> list:
        return [self.row_first, *(conv for pair in self.rows for conv in pair)]

    @property
    def column_layers(self) -> list:
        return [conv for pair in self.columns for conv in pair]

    @property
    def link_sizes(self) -> list[int]:
        return [self._sizes["width"]] * (1 + len(self.links))

    @property
    def num_past(self) -> int:
        return self.image_shape[1] + 2

    def _layer(self, make, name):
        """The two convolutions of a residual layer."""
        width = self._sizes["width"]
        return make(f"{name}_in", width), make(f"{name}_out", 2 * width)

    def _row(self, name, filters, strict=False):
        return row_conv.RowConv2D(
            filters, 2, 1, strict, dtype=self.dtype_policy, name=name
        )

    def _column(self, name, filters, mask_type="B"):
        return self.masked(name, filters, (1, 1, 0), mask_type)

    def _dense(self, name, size):
        return keras.layers.Dense(size, dtype=self.dtype_policy, name=name)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | self._sizes


def concat_elu(x: Any) -> Any:
    """elu([x, -x]), twice as wide: no number is lost.

    Reference: Salimans et al. 2017, arXiv 1701.05517, section 2.
    """
    return keras.activations.elu(ops.concatenate([x, -x], axis=-1))


def _residual(run, layer, x, other):
    first, second = layer
    found = run(first, concat_elu(x))
    if other is not None:
        found = found + other
    value, gate = ops.split(run(second, concat_elu(found)), 2, axis=-1)
    return x + value * ops.sigmoid(gate)
