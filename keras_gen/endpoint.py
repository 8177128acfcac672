"""Endpoint: one thing a trained model can be asked to do.

Endpoints are data. A model lists them; `export` turns each into a signature of
the SavedModel, a warm-up request, a golden pair and, where `mobile` is set, a
signature of the LiteRT file, and knows nothing else about the model.

The rule that makes batching of strangers' requests safe: every input has a
leading batch axis, one row for each answer, and a row's answer depends on
nothing but that row. Randomness enters as a `seed` int32 [B] input.
"""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from keras_gen import spec


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """A pure function of named, batched inputs.

    Attributes:
        fn: takes the inputs as keyword tensors, returns {name: tensor [B, ..]}.
        inputs: {name: Spec} of one row each.
        outputs: {name: Spec} of one row each.
        doc: one sentence for the model card and the client.
        mobile: whether it converts to LiteRT with builtin operations.
        example: inputs [B, ...] for warm-up and golden pairs; made from the
            Specs where None.
    """

    fn: Callable[..., dict[str, Any]]
    inputs: Mapping[str, spec.Spec]
    outputs: Mapping[str, spec.Spec]
    doc: str
    mobile: bool = True
    example: Mapping[str, np.ndarray] | None = None

    def example_inputs(self, num_rows: int, seed: int = 0) -> dict:
        """Inputs [num_rows, ...] by name, repeatable for equal `seed`."""
        if self.example is not None:
            return {
                name: np.resize(rows, (num_rows, *np.shape(rows)[1:]))
                for name, rows in self.example.items()
            }
        return {
            name: each.example(num_rows, seed)
            for name, each in self.inputs.items()
        }

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready description, without the function."""
        return {
            "doc": self.doc,
            "mobile": self.mobile,
            "inputs": {n: s.to_dict() for n, s in self.inputs.items()},
            "outputs": {n: s.to_dict() for n, s in self.outputs.items()},
        }
