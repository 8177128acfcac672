r"""Asks a served model: TensorFlow Serving, or the local server.

    python -m export.client --target=localhost:8500 --model=vae \
        --endpoint=generate --seeds=0,1,2 --png=out.png

It prints name, dtype and shape of every answer within seconds, and here
writes the three pictures into one sheet, `out.png`; a model with classes takes
`--labels=7,7,7` too. `--inputs=FILE.npz` sends any named arrays,
`--files=image_bytes=photo.jpg` the bytes of files, `--output=FILE.npz` keeps
the answers, `--metadata` lists what the model can be asked, `--status` which
versions there are.

The same from Python:

    with client.Client("localhost:8500", "vae", timeout=10.0) as served:
        images = served.predict("generate", {"seed": [0, 1, 2]})["images"]
"""

import sys
import time
from collections.abc import Mapping
from typing import Any

import grpc
import numpy as np
from absl import flags

from export import answers, cli, given

# TensorFlow and the messages built on it are imported where they are used, so
# that `--help` need not wait for them.

_FIRST_PAUSE = 0.05  # seconds before the first retry
_LONGEST_PAUSE = 1.0


class ClientError(OSError):
    """A request that was not answered.

    Attributes:
        code: name of the gRPC status code, such as "NOT_FOUND".
        message: what the server said.
    """

    def __init__(self, code: str, message: str):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Client:
    """One model on one server; a context manager that closes the channel."""

    def __init__(self, target: str, model: str, timeout: float = 10.0):
        """Connects when the first request is sent.

        Args:
            target: "host:port".
            model: name of the model.
            timeout: seconds for every request, retries included.
        """
        from tensorflow_serving.apis import (
            model_service_pb2_grpc,
            prediction_service_pb2_grpc,
        )

        self._target = target
        self._model = model
        self._timeout = timeout
        self._signatures = None
        # The server sets the limits: gRPC's own 4 MB is a few large pictures.
        self._channel = grpc.insecure_channel(
            target,
            [
                ("grpc.max_receive_message_length", -1),
                ("grpc.max_send_message_length", -1),
            ],
        )
        self._prediction = prediction_service_pb2_grpc.PredictionServiceStub(
            self._channel
        )
        self._models = model_service_pb2_grpc.ModelServiceStub(self._channel)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def close(self) -> None:
        """Closes the channel."""
        self._channel.close()

    def predict(
        self,
        endpoint: str,
        inputs: Mapping[str, Any],
        version: int | None = None,
    ) -> dict[str, np.ndarray]:
        """Asks `endpoint` and returns its outputs by name.

        Args:
            endpoint: name of a signature.
            inputs: arrays [B, ...] by name. Lists, and integers of another
                size, become the dtype of the signature where their values
                allow it.
            version: of the model; None for the newest.

        Raises:
            ClientError: the server refused, failed, or did not answer in time.
        """
        from tensorflow_serving.apis import predict_pb2

        from export.server import tensors

        request = predict_pb2.PredictRequest()
        self._specify(request, version)
        request.model_spec.signature_name = endpoint
        dtypes = self._input_dtypes(endpoint)
        for name, value in inputs.items():
            array = _cast(value, dtypes.get(name))
            request.inputs[name].CopyFrom(tensors.encode(array))
        response = self._call(self._prediction.Predict, request)
        return {
            # A copy, for the caller to change.
            name: np.array(tensors.decode(proto, max_bytes=sys.maxsize))
            for name, proto in response.outputs.items()
        }

    def signatures(self) -> dict[str, Any]:
        """The SignatureDef of every endpoint; asked once, then remembered.

        Raises:
            ClientError: as `predict`.
        """
        if self._signatures is None:
            from tensorflow_serving.apis import get_model_metadata_pb2

            request = get_model_metadata_pb2.GetModelMetadataRequest()
            self._specify(request)
            request.metadata_field.append("signature_def")
            response = self._call(self._prediction.GetModelMetadata, request)
            found = get_model_metadata_pb2.SignatureDefMap()
            response.metadata["signature_def"].Unpack(found)
            self._signatures = dict(found.signature_def)
        return self._signatures

    def status(self) -> dict[int, str]:
        """State of every version, such as {3: "AVAILABLE"}.

        Raises:
            ClientError: as `predict`.
        """
        from tensorflow_serving.apis import get_model_status_pb2

        request = get_model_status_pb2.GetModelStatusRequest()
        self._specify(request)
        response = self._call(self._models.GetModelStatus, request)
        name_of = get_model_status_pb2.ModelVersionStatus.State.Name
        return {
            each.version: " ".join(
                [name_of(each.state), each.status.error_message]
            ).strip()
            for each in response.model_version_status
        }

    def _specify(self, request: Any, version: int | None = None) -> None:
        request.model_spec.name = self._model
        if version is not None:
            request.model_spec.version.value = version

    def _input_dtypes(self, endpoint: str) -> dict[str, np.dtype]:
        import tensorflow as tf

        if endpoint not in self.signatures():
            return {}  # The server says it better.
        return {
            name: np.dtype(tf.as_dtype(info.dtype).as_numpy_dtype)
            for name, info in self.signatures()[endpoint].inputs.items()
        }

    def _call(self, method: grpc.UnaryUnaryMultiCallable, request: Any) -> Any:
        """Calls until the server is there to answer, or time is up."""
        end = time.monotonic() + self._timeout
        pause = _FIRST_PAUSE
        while True:
            try:
                return method(request, timeout=end - time.monotonic())
            except grpc.RpcError as error:
                code, message = error.code(), error.details()
            if code is not grpc.StatusCode.UNAVAILABLE:
                raise ClientError(code.name, message)
            if time.monotonic() + pause >= end:
                raise ClientError(
                    code.name,
                    f"No answer from {self._target} within {self._timeout:g} "
                    f"s. Is a server running there? {message}",
                )
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)


def main() -> int:
    """Asks once; returns the exit code."""
    options = flags.FLAGS
    with Client(options.target, options.model, options.timeout) as served:
        if options.status:
            for version, state in served.status().items():
                print(f"version {version}: {state}")
        if options.metadata:
            _print_metadata(served)
        if not (options.status or options.metadata):
            _ask(served)
    return 0


def _ask(served: Client) -> None:
    options = flags.FLAGS
    outputs = served.predict(options.endpoint, _inputs(), options.version)
    for name, value in sorted(outputs.items()):
        dtype = "string" if value.dtype == object else value.dtype
        print(f"{name}: {dtype} {list(value.shape)}")
    if options.png:
        answers.save_png(options.png, outputs)
        print(f"Wrote {options.png}")
    if options.output:
        answers.save_npz(options.output, outputs)
        print(f"Wrote {options.output}")


def _inputs() -> dict[str, Any]:
    chosen = flags.FLAGS
    numbers = {"seeds": chosen.seeds, "labels": chosen.labels}
    return given.inputs(chosen.inputs, numbers, chosen.files)


def _print_metadata(served: Client) -> None:
    import tensorflow as tf

    for name, signature in sorted(served.signatures().items()):
        if name.startswith("__saved_model_"):
            continue  # Bookkeeping, not an endpoint.
        print(name)
        for kind in ("inputs", "outputs"):
            for each, info in sorted(getattr(signature, kind).items()):
                shape = tf.TensorShape(info.tensor_shape)
                dtype = tf.as_dtype(info.dtype).name
                print(f"    {kind[:-1]} {each}: {dtype} {shape}")


def _cast(value: Any, dtype: np.dtype | None) -> np.ndarray:
    """`value` as an array, of `dtype` where that keeps every number."""
    array = np.asarray(value)
    if array.dtype.kind in "SU":
        # NumPy's own strings lose zero bytes at the end.
        return np.asarray(value, dtype=object)
    if dtype is None or array.dtype == dtype or array.dtype.kind not in "iuf":
        return array
    if array.dtype.kind == "f" and isinstance(value, np.ndarray):
        return array  # Rounding is for the caller to decide.
    cast = array.astype(dtype)
    kept = array.dtype.kind == "f" == dtype.kind or (cast == array).all()
    return cast if kept else array


def _define_flags() -> None:
    flags.DEFINE_string("target", "localhost:8500", "Server, as host:port.")
    flags.DEFINE_string("model", "default", "Name of the model.")
    flags.DEFINE_string("endpoint", "serving_default", "What to ask for.")
    flags.DEFINE_integer(
        "version", None, "Version of the model; the newest if not given.", 0
    )
    flags.DEFINE_list("seeds", [], "Input `seed`: one integer for each row.")
    flags.DEFINE_list("labels", [], "Input `labels`: a class for each row.")
    flags.DEFINE_string("inputs", None, "NPZ file with inputs by name.")
    flags.DEFINE_list("files", [], "Inputs by name=path: the bytes of files.")
    flags.DEFINE_string("output", None, "NPZ file to write the answer to.")
    flags.DEFINE_string(
        "png", None, "PNG file to tile `images` or `images_bytes` into."
    )
    flags.DEFINE_float(
        "timeout", 10.0, "Seconds for a request, retries included.", 0.001
    )
    flags.DEFINE_bool("metadata", False, "List endpoints and their tensors.")
    flags.DEFINE_bool("status", False, "List the versions of the model.")


if __name__ == "__main__":
    cli.run(main, _define_flags)
