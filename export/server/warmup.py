"""Replays recorded requests, so that no user's request is the slow first one.

The records are PredictionLogs in `assets.extra/tf_serving_warmup_requests`, a
TFRecord file. As in TensorFlow Serving the file may be absent, and a record
that cannot be read or answered makes the version fail to load.
"""

import pathlib
from collections.abc import Iterator

import grpc
import tensorflow as tf
from absl import logging
from google.protobuf import message
from tensorflow_serving.apis import prediction_log_pb2

from export.server import errors, servable

REQUESTS_FILE = pathlib.PurePath("assets.extra", "tf_serving_warmup_requests")
MAX_RECORDS = 1000

_SHOWN_BYTES = 100  # of a record that cannot be parsed


def replay(model: servable.Servable, directory: pathlib.Path) -> int:
    """Sends the recorded requests of the version in `directory` to `model`.

    Returns:
        How many were answered.

    Raises:
        ServingError: the file is damaged, too long, or a request failed.
        tf.errors.OpError: the graph failed on a request.
    """
    path = directory / REQUESTS_FILE
    if not path.exists():
        logging.info("No warmup data file found at %s", path)
        return 0
    num_records = 0
    for record in _records(path):
        if num_records == MAX_RECORDS:
            raise errors.invalid_argument(
                "Number of warmup records exceeds the maximum "
                f"({MAX_RECORDS}) at {path}"
            )
        _answer(model, _parse(record, path))
        num_records += 1
    return num_records


def _records(path: pathlib.Path) -> Iterator[bytes]:
    try:
        for record in tf.data.TFRecordDataset(str(path)):
            yield record.numpy()
    except tf.errors.DataLossError as error:
        raise errors.ServingError(
            grpc.StatusCode.DATA_LOSS,
            f"{error.message}. Please verify your warmup data is in TFRecord "
            "format.",
        ) from error


def _parse(
    record: bytes, path: pathlib.Path
) -> prediction_log_pb2.PredictionLog:
    try:
        return prediction_log_pb2.PredictionLog.FromString(record)
    except message.DecodeError as error:
        raise errors.invalid_argument(
            f"Failed to parse warmup record: {record[:_SHOWN_BYTES]!r} from "
            f"{path}"
        ) from error


def _answer(
    model: servable.Servable, log: prediction_log_pb2.PredictionLog
) -> None:
    kind = log.WhichOneof("log_type")
    if kind != "predict_log":
        raise errors.ServingError(
            grpc.StatusCode.UNIMPLEMENTED,
            f"Unsupported log_type for warmup: {kind}. This server replays "
            "predict_log alone.",
        )
    # Through bytes, as a request comes and an answer goes.
    request = type(log.predict_log.request).FromString(
        log.predict_log.request.SerializeToString()
    )
    model.predict(request, timeout=None).SerializeToString()
