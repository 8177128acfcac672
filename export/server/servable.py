"""One version of a model: a SavedModel in a C++ session.

It is loaded as TensorFlow Serving loads it, through the graph and a session,
so what this server answers is what TensorFlow Serving will.
"""

import gc
import pathlib
from collections.abc import Mapping

import tensorflow as tf
from absl import logging
from tensorflow_serving.apis import predict_pb2

from export.server import errors, signature, tensors
from keras_gen import artifacts

DEFAULT_SIGNATURE = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY

# Bookkeeping of SavedModel, not callable: they have no tensors.
_INTERNAL_PREFIX = "__saved_model_"


class Servable:
    """A SavedModel that answers Predict requests.

    Attributes:
        name: of the model.
        version: number of the directory.
        signature_defs: {name: SignatureDef}, all of the SavedModel.
    """

    def __init__(
        self, name: str, version: int, path: pathlib.Path, max_bytes: int
    ):
        """Verifies and loads the SavedModel in the directory `path`.

        Args:
            name: of the model.
            version: its number.
            path: directory with `saved_model.pb`.
            max_bytes: the largest input tensor accepted.

        Raises:
            ServingError: NOT_FOUND, there is no SavedModel.
            ArtifactError: there is a manifest and a file differs from it.
            Exception: what TensorFlow raises on a directory it cannot load.
        """
        if (path / artifacts.MANIFEST).exists():
            artifacts.verify_directory(path)
        if not tf.saved_model.contains_saved_model(str(path)):
            raise errors.not_found(
                "Could not find SavedModel .pb or .pbtxt at supplied export "
                f"directory path: {path}"
            )
        self.name = name
        self.version = version
        self._session = tf.compat.v1.Session(graph=tf.Graph())
        try:
            with self._session.graph.as_default():
                meta_graph = tf.compat.v1.saved_model.load(
                    self._session, [tf.saved_model.SERVING], str(path)
                )
            self.signature_defs = dict(meta_graph.signature_def)
            self._signatures = self._prepared(max_bytes)
        except BaseException:
            self._session.close()
            raise

    def predict(
        self, request: predict_pb2.PredictRequest, timeout: float | None
    ) -> predict_pb2.PredictResponse:
        """Answers `request`, whatever model and version it names.

        Args:
            request: names a signature, inputs and perhaps outputs.
            timeout: seconds until nobody waits for the answer any more.

        Raises:
            ServingError: the request does not fit the signature.
            tf.errors.OpError: the graph failed, or ran out of time.
        """
        name = request.model_spec.signature_name or DEFAULT_SIGNATURE
        found = self._signatures.get(name)
        if found is None:
            raise errors.failed_precondition(
                f'Serving signature key "{name}" not found. Signatures of '
                f"this model: {', '.join(sorted(self._signatures))}."
            )
        outputs = found.run(request.inputs, request.output_filter, timeout)
        response = predict_pb2.PredictResponse()
        response.model_spec.name = request.model_spec.name
        response.model_spec.version.value = self.version
        response.model_spec.signature_name = name
        for alias, value in outputs.items():
            dtype = found.definition.outputs[alias].dtype
            tensors.encode_into(response.outputs[alias], value, dtype)
        return response

    def close(self) -> None:
        """Stops what still runs and frees the memory of the model."""
        self._session.close()
        self._signatures = {}
        self._session = None
        # A graph and its operations refer to each other.
        gc.collect()

    def _prepared(self, max_bytes: int) -> Mapping[str, signature.Signature]:
        signatures = {}
        for name, definition in self.signature_defs.items():
            if name.startswith(_INTERNAL_PREFIX):
                continue
            each = signature.Signature(self._session, definition, max_bytes)
            signatures[name] = each
            try:
                each.prepare()
            except (tf.errors.OpError, ValueError) as error:
                logging.warning(
                    "Model %s version %d: requests to signature %r will "
                    "fail: %s",
                    self.name,
                    self.version,
                    name,
                    error,
                )
        return signatures
