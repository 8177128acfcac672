"""The five contracts around which everything else composes.

Shape letters are those of the glossary in `keras_gen/__init__.py`.
"""

from typing import Any, Protocol


class StepFn(Protocol):
    """One step of an autoregressive model."""

    def __call__(self, tokens: Any, state: Any) -> tuple[Any, Any]:
        """(tokens [B] int32, state) -> (logits [B, V], state)."""


class Denoiser(Protocol):
    """The best guess of a clean image."""

    def __call__(self, x: Any, sigma: Any) -> Any:
        """(x [B, ...], sigma [B], image units) -> x0 [B, ...]."""


class Field(Protocol):
    """A radiance field."""

    def __call__(self, points: Any, directions: Any) -> tuple[Any, Any]:
        """([..., 3], unit [..., 3]) -> (rgb [..., 3], density [...])."""


class FeatureFn(Protocol):
    """A feature network."""

    def __call__(self, images: Any) -> dict[str, Any]:
        """images [B, H, W, C] in [-1, 1] -> {layer: [B, h, w, c]}."""


class LogitsFn(Protocol):
    """A classifier."""

    def __call__(self, images: Any) -> Any:
        """images [B, H, W, C] in [-1, 1] -> logits [B, V]."""
