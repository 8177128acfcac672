"""Warm-up requests: what a server asks itself before it answers others.

The first request of a signature is slow: memory is allocated and kernels are
chosen. TensorFlow Serving replays the PredictionLogs of this file, a TFRecord,
after loading a version and before using it.

Reference: TensorFlow Serving, `g3doc/saved_model_warmup.md`.
"""

import pathlib
from collections.abc import Iterable, Iterator

import numpy as np
import tensorflow as tf
from google.protobuf import message
from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

from export import golden
from keras_gen import artifacts

PATH = "assets.extra/tf_serving_warmup_requests"
MAX_RECORDS = 1000  # TensorFlow Serving refuses to load a version with more.


def write(
    directory: pathlib.Path, model_name: str, pairs: Iterable[golden.Pair]
) -> None:
    """Writes a request for each of `pairs` into the SavedModel.

    The default signature has an executable of its own in a session, so it is
    warmed up by the pairs of the first endpoint as well.

    Args:
        directory: of the SavedModel.
        model_name: under which it will be served.
        pairs: golden pairs; those of the default endpoint come first.
    """
    path = directory / PATH
    path.parent.mkdir(exist_ok=True)
    pairs = list(pairs)
    default = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
    again = [
        p._replace(endpoint=default) for p in pairs if _is_default(p, pairs)
    ]
    with tf.io.TFRecordWriter(str(path)) as writer:
        for pair in [*again, *pairs]:
            writer.write(_log(model_name, pair).SerializeToString())


def read(directory: pathlib.Path) -> Iterator[golden.Pair]:
    """The requests in the SavedModel, as Pairs without outputs.

    Raises:
        ArtifactError: the file is missing or a record is damaged.
    """
    path = directory / PATH
    try:
        for record in tf.data.TFRecordDataset(str(path)):
            log = prediction_log_pb2.PredictionLog.FromString(record.numpy())
            request = log.predict_log.request
            inputs = {
                name: tf.make_ndarray(value)
                for name, value in request.inputs.items()
            }
            yield golden.Pair(request.model_spec.signature_name, inputs, {})
    except (tf.errors.OpError, message.DecodeError, TypeError) as error:
        raise artifacts.ArtifactError(
            f"{path} holds no warm-up requests that a server can read "
            f"({type(error).__name__}). Export the model again."
        ) from error


def _is_default(pair: golden.Pair, pairs: list[golden.Pair]) -> bool:
    return pair.endpoint == pairs[0].endpoint


def _log(
    model_name: str, pair: golden.Pair
) -> prediction_log_pb2.PredictionLog:
    request = predict_pb2.PredictRequest()
    request.model_spec.name = model_name
    request.model_spec.signature_name = pair.endpoint
    for name, value in pair.inputs.items():
        request.inputs[name].CopyFrom(tf.make_tensor_proto(np.asarray(value)))
    log = prediction_log_pb2.PredictionLog()
    log.predict_log.request.CopyFrom(request)
    return log
