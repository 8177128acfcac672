"""Config of what an image is to have of its content and of its style."""

import dataclasses
from typing import Self

from keras_gen import config

_STYLE_LAYERS = ",".join(f"block{n}_conv1" for n in range(1, 6))


@dataclasses.dataclass(frozen=True)
class ObjectiveConfig(config.Config):
    """Hyper-parameters of `objective.Objective`."""

    content_layers: str = config.field(
        "block4_conv2", "Layers that see the content, between commas."
    )
    style_layers: str = config.field(
        _STYLE_LAYERS, "Layers that see the style, between commas."
    )
    style_layer_weights: tuple[int, ...] = config.field(
        (), "lambda_l of each of them, as shares; equal if not given.", low=0
    )
    content_weight: float = config.field(1.0, "alpha.", low=0.0)
    style_weight: float = config.field(100.0, "beta.", low=0.0)
    total_variation_weight: float = config.field(
        0.0, "Of the mean difference of neighbouring pixels.", low=0.0
    )

    def check(self) -> None:
        for name in ("content_layers", "style_layers"):
            found = self.names(name)
            if not all(found) or len(set(found)) != len(found):
                raise ValueError(
                    f"`{name}` must be names of layers between commas, each "
                    f"once. Received: {getattr(self, name)!r}."
                )
        weights, count = self.style_layer_weights, len(self.names())
        if weights and (len(weights) != count or not sum(weights)):
            raise ValueError(
                f"`style_layer_weights` must be {count} numbers, one for each "
                f"of `style_layers`, and not all 0. Received: {weights}."
            )

    def names(self, field: str = "style_layers") -> list[str]:
        """The layers of a field."""
        return [each.strip() for each in getattr(self, field).split(",")]

    @property
    def layers(self) -> list[str]:
        """All layers whose features are needed."""
        both = self.names("content_layers") + self.names()
        return list(dict.fromkeys(both))

    @property
    def layer_weights(self) -> list[float]:
        """lambda_l, which add up to 1."""
        weights = self.style_layer_weights or (1,) * len(self.names())
        return [each / sum(weights) for each in weights]

    @classmethod
    def tiny(cls) -> Self:
        return cls(
            content_layers="block2_conv1",
            style_layers="block1_conv1,block2_conv1",
            style_layer_weights=(3, 1),
            # Features of random weights are large.
            content_weight=1e-3,
            style_weight=1e-6,
            total_variation_weight=0.1,
        )
