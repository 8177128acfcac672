"""FeatureNetwork: a FeatureFn, which of its layers, and its name."""

import dataclasses
from typing import Any

import numpy as np

from keras_gen import protocols


@dataclasses.dataclass(frozen=True)
class FeatureNetwork:
    """What turns images into the vectors that metrics compare.

    Attributes:
        fn: images [B, H, W, C] in [-1, 1] -> {layer: [B, D] or [B, h, w, D]};
            your own callable will do.
        layer: which of them; maps are averaged over h and w.
        size: D.
        name: stands in every protocol: say which weights, size of images, and
            way of resizing.
        logits: the layer with class logits [B, V], "" where there is none.
    """

    fn: protocols.FeatureFn
    layer: str
    size: int
    name: str
    logits: str = ""

    def __call__(
        self, images: Any, batch_size: int = 100
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Features [B, D] and logits [B, V], or None without `logits`.

        Args:
            images: [B, H, W, C] float32 in [-1, 1], B of any size.
            batch_size: of what is given to `fn` at once.

        Raises:
            ValueError: `fn` has no such layer, or it has another size.
        """
        features, logits = [], []
        for start in range(0, len(images), batch_size):
            layers = self.fn(images[start : start + batch_size])
            features.append(self._vectors(layers))
            if self.logits:
                logits.append(np.asarray(layers[self.logits]))
        joined = np.concatenate(logits) if logits else None
        return np.concatenate(features), joined

    def _vectors(self, layers: dict[str, Any]) -> np.ndarray:
        for name in filter(None, (self.layer, self.logits)):
            if name not in layers:
                raise ValueError(
                    f"`layer` and `logits` must be layers of {self.name}, of "
                    f"{', '.join(layers)}. Received {name!r}."
                )
        found = np.asarray(layers[self.layer])
        if found.ndim == 4:
            found = found.mean(axis=(1, 2))  # [B, D]
        if found.shape[1:] != (self.size,):
            raise ValueError(
                f"`size` must be what the layer {self.layer} of {self.name} "
                f"gives. Received {self.size} for shape {list(found.shape)}."
            )
        return found
