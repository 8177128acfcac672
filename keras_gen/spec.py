"""Spec: what a tensor must look like, written down once and used six times.

A Spec checks a dataset before the first step, makes test data, becomes the
TensorSpec of a signature, the warm-up request, the client's validation, and a
line of the docs.

The shape is that of one row: every tensor that crosses a boundary of the
library has a leading batch axis B, which a Spec leaves out.
"""

import dataclasses
import json
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True)
class Spec:
    """Shape, type, range and meaning of one input or output.

    Attributes:
        shape: of one row, without the batch axis; None where any size fits.
        dtype: NumPy name, or "string" for bytes.
        low: smallest accepted value, None for no limit.
        high: largest accepted value, None for no limit.
        doc: meaning and unit in one sentence.
        examples: texts that fit, for a string that may not be any.
        num_levels: the only values, at equal distances from `low` to `high`;
            0 for any.
    """

    shape: tuple[int | None, ...]
    dtype: str = "float32"
    low: float | None = None
    high: float | None = None
    doc: str = ""
    examples: tuple[str, ...] = ()
    num_levels: int = 0

    def check(self, value: Any, name: str) -> None:
        """Raises ValueError unless `value` [B, *shape] fits this Spec.

        Args:
            value: array or eager tensor with a leading batch axis.
            name: what the message calls it.

        Raises:
            ValueError: wrong shape, dtype or range, or a number that is not
                finite; says what was expected, received, and how to mend it.
        """
        array = np.asarray(value)
        self.check_static(array.shape, _dtype_name(array.dtype), name)
        if not array.size or self.dtype == "string":
            return
        smallest, largest = array.min(), array.max()
        if not (np.isfinite(smallest) and np.isfinite(largest)):
            raise ValueError(
                f"`{name}` must be finite, but contains NaN or infinity. "
                "Remove or repair those rows."
            )
        if (self.low is not None and smallest < self.low) or (
            self.high is not None and largest > self.high
        ):
            raise ValueError(
                f"`{name}` must lie in {self._range()}. Received values from "
                f"{smallest:g} to {largest:g}.{self._remedy()}"
            )
        if self.num_levels:
            self._check_levels(array, name)

    def check_static(
        self, shape: tuple[int | None, ...], dtype: str, name: str
    ) -> None:
        """Raises ValueError unless shape [B, *shape] and dtype fit."""
        shape = tuple(shape)
        fits = len(shape) == len(self.shape) + 1 and all(
            want is None or got is None or want == got
            for want, got in zip(self.shape, shape[1:], strict=True)
        )
        if not fits:
            raise ValueError(
                f"`{name}` must have shape {_show(('B', *self.shape))} (batch "
                f"axis first). Received shape {_show(shape)}."
            )
        if dtype != self.dtype:
            raise ValueError(
                f"`{name}` must have dtype {self.dtype}. Received dtype "
                f"{dtype}.{self._remedy()}"
            )

    def example(self, num_rows: int, seed: int = 0) -> np.ndarray:
        """Random rows that fit, [num_rows, *shape]; None sizes become 1."""
        shape = (num_rows, *(size or 1 for size in self.shape))
        random = np.random.default_rng(seed)
        if self.dtype == "string":
            texts = [each.encode() for each in self.examples or ("",)]
            return np.array(texts, object)[
                random.integers(len(texts), size=shape)
            ]
        if np.issubdtype(self.dtype, np.integer):
            low = min(0, self.high or 0) if self.low is None else self.low
            high = low + 1000 if self.high is None else self.high
            high = min(high, np.iinfo(self.dtype).max)
            limits = int(low), int(high)
            numbers = random.integers(*limits, shape, endpoint=True)
        elif self.low is not None and self.high is not None:
            numbers = random.uniform(self.low, self.high, shape)
            if self.num_levels:
                numbers = self._nearest(numbers)
        else:
            numbers = random.normal(size=shape)
            if self.low is not None:
                numbers = self.low + np.abs(numbers)
            elif self.high is not None:
                numbers = self.high - np.abs(numbers)
        return numbers.astype(self.dtype)

    def tensor_spec(self, name: str):
        """The `tf.TensorSpec` [B, *shape] called `name`."""
        import tensorflow as tf  # Kept out of `--help` and light clients.

        return tf.TensorSpec((None, *self.shape), self.dtype, name=name)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready fields."""
        lists = {"shape": list(self.shape), "examples": list(self.examples)}
        return dataclasses.asdict(self) | lists

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> "Spec":
        """Inverse of `to_dict`."""
        lists = {k: tuple(fields[k]) for k in ("shape", "examples")}
        return cls(**fields | lists)

    def _check_levels(self, array: np.ndarray, name: str) -> None:
        far = np.abs(array - self._nearest(array)) > 1e-3 * self._step
        if np.any(far):
            raise ValueError(
                f"`{name}` must have the {self.num_levels} values that lie at "
                f"equal distances in {self._range()}. Received "
                f"{array[far].flat[0]:g}, among others. Declare as many levels "
                "as there are, or round to them (of two: binarize)."
            )

    @property
    def _step(self) -> float:
        return (self.high - self.low) / (self.num_levels - 1)

    def _nearest(self, numbers: np.ndarray) -> np.ndarray:
        index = np.round((numbers - self.low) / self._step)
        return self.low + index * self._step

    def _range(self) -> str:
        low = "-inf" if self.low is None else f"{self.low:g}"
        high = "inf" if self.high is None else f"{self.high:g}"
        return f"[{low}, {high}]"

    def _remedy(self) -> str:
        if (self.low, self.high, self.dtype) == (-1, 1, "float32"):
            return (
                " For images with levels 0..255 use "
                "`images.astype('float32') / 127.5 - 1`."
            )
        return ""


def dumps(specs: dict[str, Spec]) -> str:
    """A named set of Specs as JSON text."""
    return json.dumps({name: spec.to_dict() for name, spec in specs.items()})


def _dtype_name(dtype: np.dtype) -> str:
    return "string" if dtype.kind in "OSU" else dtype.name


def _show(shape: tuple[Any, ...]) -> str:
    return "[" + ", ".join("?" if s is None else str(s) for s in shape) + "]"
