"""The PixelRNN: LSTMs over rows or diagonals.

    first      7 x 7, mask A
    layer_i    x + 1 x 1 (LSTM(x)), the LSTM half as wide
    head       relu, 1 x 1, relu, 1 x 1 to V logits of each channel

Reference: van den Oord et al. 2016, arXiv 1601.06759, sections 3.1 to 3.3 and
Table 1.
"""

from typing import Any

import keras

from keras_gen.layers import diagonal_lstm, masked_conv, row_lstm
from keras_gen.networks import pixel_network

KINDS = {
    "row": row_lstm.RowLSTM,
    "diagonal": diagonal_lstm.DiagonalBiLSTM,
}


@keras.saving.register_keras_serializable("keras_gen")
class PixelRNNNetwork(pixel_network.PixelNetwork):
    """images [B, H, W, C] -> logits [B, H, W, C V].

    Args:
        image_shape: (H, W, C).
        kind: "row" or "diagonal".
        num_levels: V.
        width: numbers of a pixel between layers, 2 h.
        num_layers: LSTMs.
        kernel_size: of the first layer.
        head_width: of the head.
        num_classes: of labels; 0 for none.
        **options: of `keras.Model`.
    """

    scans = True

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        kind: str = "diagonal",
        num_levels: int = 2,
        width: int = 32,
        num_layers: int = 4,
        kernel_size: int = 7,
        head_width: int = 32,
        num_classes: int = 0,
        **options: Any,
    ) -> None:
        super().__init__(image_shape, num_classes, **options)
        self._sizes = {
            "kind": kind,
            "num_levels": num_levels,
            "width": width,
            "num_layers": num_layers,
            "kernel_size": kernel_size,
            "head_width": head_width,
        }
        reach = masked_conv.square(kernel_size)
        self.first = self.masked("first", width, reach, "A")
        self.lstms = [
            KINDS[kind](
                width // 2,
                num_groups=image_shape[2],
                dtype=self.dtype_policy,
                name=f"layer_{i}",
            )
            for i in range(num_layers)
        ]
        self.outs = [
            self.masked(f"layer_{i}_out", width) for i in range(num_layers)
        ]
        self.head = self.head_of(head_width, num_levels)
        self.finish(width)

    def body(self, x, condition, run):
        x = pixel_network.with_class(run.first(self.first, x), condition)
        for lstm, out in zip(self.lstms, self.outs, strict=True):
            x = x + run(out, run(lstm, x))
        return pixel_network.through_head(self.head, x, run)

    def layer_state(self, num_rows: Any) -> dict[str, Any]:
        return self.memories(self.lstms, num_rows)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | self._sizes
