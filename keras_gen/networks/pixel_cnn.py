"""The PixelCNN: masked convolutions, and nothing else.

    first      7 x 7, mask A
    block_i    x + 1 x 1 (relu 3 x 3 (relu 1 x 1 (relu x))), mask B; half as
               wide inside
    head       relu, 1 x 1, relu, 1 x 1 to V logits of each channel

Reference: van den Oord et al. 2016, arXiv 1601.06759, section 3.4, Table 1 and
Figure 5.
"""

from typing import Any

import keras
from keras import ops

from keras_gen.layers import masked_conv
from keras_gen.networks import pixel_network


@keras.saving.register_keras_serializable("keras_gen")
class PixelCNNNetwork(pixel_network.PixelNetwork):
    """images [B, H, W, C] -> logits [B, H, W, C V].

    Args:
        image_shape: (H, W, C).
        num_levels: V.
        width: numbers of a pixel between blocks, 2 h.
        num_layers: blocks.
        kernel_size: of the first layer.
        head_width: of the head.
        num_classes: of labels; 0 for none.
        **options: of `keras.Model`.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        num_levels: int = 2,
        width: int = 64,
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
        reach = masked_conv.square(kernel_size)
        self.first = self.masked("first", width, reach, "A")
        self.blocks = [
            (
                self.masked(f"block_{i}_in", width // 2),
                self.masked(f"block_{i}", width // 2, masked_conv.square(3)),
                self.masked(f"block_{i}_out", width),
            )
            for i in range(num_layers)
        ]
        self.head = self.head_of(head_width, num_levels)
        self.finish(width)

    def body(self, x, condition, run):
        x = pixel_network.with_class(run.first(self.first, x), condition)
        for block in self.blocks:
            found = x
            for conv in block:
                found = run(conv, ops.relu(found))
            x = x + found
        return pixel_network.through_head(self.head, x, run)

    def layer_state(self, num_rows: Any) -> dict[str, Any]:
        return self.memories([block[1] for block in self.blocks], num_rows)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | self._sizes
