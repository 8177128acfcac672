"""One signature of a loaded SavedModel: checks a request, then runs it.

Requests are held against the SignatureDef before the session sees them, so a
wrong name, dtype or shape is answered in the words of the signature.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2
from tensorflow.core.protobuf import config_pb2, meta_graph_pb2

from export.server import errors, tensors

# Each choice of outputs keeps its own pruned graph in memory.
_MAX_CALLABLES = 16

# A run this close to the longest one seen may pass its deadline.
_DEADLINE_MARGIN = 2.0


class Signature:
    """Runs one SignatureDef in a session.

    Attributes:
        definition: the SignatureDef.
    """

    def __init__(
        self,
        session: tf.compat.v1.Session,
        definition: meta_graph_pb2.SignatureDef,
        max_bytes: int,
    ):
        self.definition = definition
        self._session = session
        self._max_bytes = max_bytes
        self._inputs = dict(definition.inputs)
        self._feeds = [info.name for info in self._inputs.values()]
        self._callables = {}
        self._lock = threading.Lock()
        self._slowest = 0.0  # seconds

    def prepare(self) -> None:
        """Prunes, places and compiles the graph for all outputs."""
        self._callable(self._fetches(self.definition.outputs))

    def run(
        self,
        inputs: Mapping[str, tensor_pb2.TensorProto],
        output_filter: Sequence[str],
        timeout: float | None,
    ) -> dict[str, Any]:
        """Checks `inputs` and runs the graph.

        Args:
            inputs: by the names of the signature.
            output_filter: the outputs wanted; empty for all.
            timeout: seconds until nobody waits for the answer any more.

        Returns:
            Arrays by output name.

        Raises:
            ServingError: the request does not fit the signature.
            tf.errors.OpError: the graph failed, or ran out of time.
        """
        arrays = self._arrays(inputs)
        wanted = self._wanted(output_filter)
        fetches = self._fetches(wanted)
        start = time.monotonic()
        if timeout is None or timeout > _DEADLINE_MARGIN * self._slowest:
            values = self._callable(fetches)(*arrays)
        else:
            values = self._run_until(timeout, fetches, arrays)
        self._slowest = max(self._slowest, time.monotonic() - start)
        found = dict(zip(fetches, values, strict=True))
        return {name: found[self._output(name).name] for name in wanted}

    def _arrays(
        self, inputs: Mapping[str, tensor_pb2.TensorProto]
    ) -> list[np.ndarray]:
        defaults = self.definition.defaults
        extra = inputs.keys() - self._inputs.keys()
        missing = self._inputs.keys() - inputs.keys() - defaults.keys()
        if extra or missing:
            raise errors.invalid_argument(
                "input size does not match signature: "
                f"{len(inputs)}!={len(self._inputs)} len({_names(inputs)}) != "
                f"len({_names(self._inputs)}). Sent extra: {_names(extra)}. "
                f"Missing but required: {_names(missing)}."
            )
        return [
            self._array(
                name, info, inputs[name] if name in inputs else defaults[name]
            )
            for name, info in self._inputs.items()
        ]

    def _array(
        self,
        name: str,
        info: meta_graph_pb2.TensorInfo,
        proto: tensor_pb2.TensorProto,
    ) -> np.ndarray:
        if proto.dtype != info.dtype:
            raise errors.invalid_argument(
                f"input `{name}` must have dtype {_dtype_name(info.dtype)}. "
                f"Received dtype {_dtype_name(proto.dtype)}. Convert it "
                "before sending."
            )
        shape = [dim.size for dim in proto.tensor_shape.dim]
        wanted = [dim.size for dim in info.tensor_shape.dim]
        if not info.tensor_shape.unknown_rank and not (
            len(shape) == len(wanted)
            and all(w in (-1, s) for s, w in zip(shape, wanted, strict=True))
        ):
            raise errors.invalid_argument(
                f"input `{name}` must have shape {_show(wanted)}, where ? is "
                f"any size. Received shape {_show(shape)}. Reshape it before "
                "sending."
            )
        try:
            return tensors.decode(proto, self._max_bytes)
        except ValueError as error:
            raise errors.invalid_argument(
                f"tensor parsing error: {name}: {error}."
            ) from error

    def _wanted(self, output_filter: Sequence[str]) -> Sequence[str]:
        outputs = self.definition.outputs
        seen = set()
        for name in output_filter:
            if name not in outputs:
                raise errors.invalid_argument(
                    f"output tensor alias not found in signature: {name} "
                    f"Outputs expected to be in the set {_names(outputs)}."
                )
            if name in seen:
                raise errors.invalid_argument(
                    f"duplicate output tensor alias: {name}"
                )
            seen.add(name)
        return output_filter or list(outputs)

    def _output(self, name: str) -> meta_graph_pb2.TensorInfo:
        return self.definition.outputs[name]

    def _fetches(self, wanted: Sequence[str]) -> tuple[str, ...]:
        """Graph tensors for the outputs; two outputs may share one."""
        return tuple(sorted({self._output(name).name for name in wanted}))

    def _callable(self, fetches: tuple[str, ...]):
        """The C++ callable for `fetches`; making one is slow, calling is not.

        Session.make_callable, the public way, prepares nothing beforehand and
        adds 0.3 ms to every call.
        """
        found = self._callables.get(fetches)
        if found is not None:
            return found
        with self._lock:
            if fetches not in self._callables:
                if len(self._callables) >= _MAX_CALLABLES:
                    self._callables.pop(next(iter(self._callables)))
                options = config_pb2.CallableOptions(
                    feed=self._feeds, fetch=fetches
                )
                self._callables[fetches] = (
                    self._session._make_callable_from_options(options)
                )
            return self._callables[fetches]

    def _run_until(
        self,
        timeout: float,
        fetches: tuple[str, ...],
        arrays: list[np.ndarray],
    ) -> list[Any]:
        """Slower to start than a callable, but ends when time is up."""
        return self._session.run(
            list(fetches),
            dict(zip(self._feeds, arrays, strict=True)),
            options=config_pb2.RunOptions(
                timeout_in_ms=max(1, int(timeout * 1e3))
            ),
        )


def _names(names) -> str:
    return "{" + ",".join(sorted(names)) + "}"


def _show(shape: list[int]) -> str:
    return "[" + ", ".join("?" if s == -1 else str(s) for s in shape) + "]"


def _dtype_name(dtype: int) -> str:
    try:
        return tf.as_dtype(dtype).name
    except TypeError:
        return str(dtype)
