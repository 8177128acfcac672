"""Small SavedModels and servers for them, shared by the tests of serving."""

import contextlib
import functools
import pathlib
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import grpc
import numpy as np
import tensorflow as tf
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis import (
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_log_pb2,
    prediction_service_pb2_grpc,
)

from export.server import manager, server, warmup
from keras_gen import artifacts

MODEL = "toy"
IMAGE_SIZE = 4

FAST = manager.Policy(
    poll_wait_seconds=0.05, max_num_load_retries=0, load_retry_seconds=0.05
)


class Toy(tf.Module):
    """Half plus two, pictures from seeds, text, and a slow loop."""

    def __init__(self):
        super().__init__()
        self.bias = tf.Variable(2.0)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, "x")])
    def half_plus_two(self, x):
        return {"y": x / 2.0 + self.bias}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int32, "seed")])
    def generate(self, seed):
        levels = tf.cast(seed, tf.float32)[:, None, None, None] / 100.0
        shape = [tf.size(seed), IMAGE_SIZE, IMAGE_SIZE, 1]
        return {"images": tf.broadcast_to(levels, shape)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int32, "seed")])
    def generate_png(self, seed):
        def encode(level):
            shape = [IMAGE_SIZE, IMAGE_SIZE, 3]
            return tf.io.encode_png(tf.fill(shape, tf.cast(level, tf.uint8)))

        encoded = tf.map_fn(encode, seed, fn_output_signature=tf.string)
        return {"images_bytes": encoded}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "text")])
    def echo(self, text):
        return {"text": text, "size": tf.strings.length(text)}

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, 2], tf.float32, "a"),
            tf.TensorSpec([None, 2], tf.float32, "b"),
        ]
    )
    def add(self, a, b):
        return {"sum": a + b, "difference": a - b}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int32, "steps")])
    def slow(self, steps):
        """Takes about a millisecond for each step."""
        matrix = tf.eye(300) * (1.0 + 0.0 * self.bias)
        for _ in tf.range(tf.reduce_max(steps)):
            matrix = tf.matmul(matrix, matrix)
        return {"trace": tf.fill(tf.shape(steps), tf.linalg.trace(matrix))}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int32, "index")])
    def pick(self, index):
        return {"picked": tf.gather(tf.constant([10, 20]), index)}


@functools.cache
def _toy() -> tempfile.TemporaryDirectory:
    """A saved Toy.

    Input `b` of `add` has the default [[1, 1]]; signature `ghost` names a
    tensor that does not exist.
    """
    folder = tempfile.TemporaryDirectory()
    toy = Toy()
    signatures = {
        name: getattr(toy, name).get_concrete_function()
        for name in ("generate", "generate_png", "echo", "add", "slow", "pick")
    }
    signatures["serving_default"] = toy.half_plus_two.get_concrete_function()
    tf.saved_model.save(toy, folder.name, signatures=signatures)
    file = pathlib.Path(folder.name, "saved_model.pb")
    proto = saved_model_pb2.SavedModel.FromString(file.read_bytes())
    edited = proto.meta_graphs[0].signature_def
    edited["add"].defaults["b"].CopyFrom(tf.make_tensor_proto([[1.0, 1.0]]))
    edited["ghost"].CopyFrom(edited["generate"])
    edited["ghost"].outputs["images"].name = "Ghost:0"
    file.write_bytes(proto.SerializeToString())
    return folder


def publish(
    version: pathlib.Path, warmup_records: list[bytes] | None = None
) -> None:
    """Puts a saved Toy at BASE/VERSION, in one step and with a manifest."""
    with artifacts.atomic_directory(version) as temporary:
        shutil.copytree(_toy().name, temporary, dirs_exist_ok=True)
        if warmup_records is not None:
            path = temporary / warmup.REQUESTS_FILE
            path.parent.mkdir()
            with tf.io.TFRecordWriter(str(path)) as writer:
                for each in warmup_records:
                    writer.write(each)


def request(
    signature: str = "", version: int | None = None, **inputs: Any
) -> predict_pb2.PredictRequest:
    """A PredictRequest to the toy model."""
    made = predict_pb2.PredictRequest()
    made.model_spec.name = MODEL
    made.model_spec.signature_name = signature
    if version is not None:
        made.model_spec.version.value = version
    for name, value in inputs.items():
        made.inputs[name].CopyFrom(tf.make_tensor_proto(value))
    return made


def record(each: predict_pb2.PredictRequest) -> bytes:
    """The warm-up record of a request."""
    log = prediction_log_pb2.PredictionLog()
    log.predict_log.request.CopyFrom(each)
    return log.SerializeToString()


def arrays(response: predict_pb2.PredictResponse) -> Mapping[str, np.ndarray]:
    """Outputs by name."""
    return {n: tf.make_ndarray(p) for n, p in response.outputs.items()}


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Returns when `condition` holds, fails when it never does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition did not come true"
        time.sleep(0.01)


class Serving(NamedTuple):
    """A running server and stubs to ask it."""

    server: server.Server
    target: str
    predict: Callable[..., predict_pb2.PredictResponse]
    prediction: prediction_service_pb2_grpc.PredictionServiceStub
    models: model_service_pb2_grpc.ModelServiceStub
    health: health_pb2_grpc.HealthStub

    def status(self) -> dict[int, get_model_status_pb2.ModelVersionStatus]:
        """Status by version; empty while there is none."""
        asked = get_model_status_pb2.GetModelStatusRequest()
        asked.model_spec.name = MODEL
        try:
            found = self.models.GetModelStatus(asked, timeout=10)
        except grpc.RpcError as error:
            assert error.code() is grpc.StatusCode.NOT_FOUND
            return {}
        return {each.version: each for each in found.model_version_status}

    def states(self) -> dict[int, str]:
        """Name of the state by version."""
        name_of = get_model_status_pb2.ModelVersionStatus.State.Name
        return {n: name_of(each.state) for n, each in self.status().items()}

    def is_serving(self, service: str = "") -> bool:
        """What the health service says."""
        answer = self.health.Check(
            health_pb2.HealthCheckRequest(service=service), timeout=10
        )
        return answer.status == health_pb2.HealthCheckResponse.SERVING


@contextlib.contextmanager
def serving(base_path: pathlib.Path, **options: Any) -> Iterator[Serving]:
    """A server in this process for the versions in `base_path`."""
    options = {"policy": FAST, "port": 0} | options
    running = server.Server(server.Options(MODEL, base_path, **options))
    running.start()
    target = f"127.0.0.1:{running.port}"
    with grpc.insecure_channel(target) as channel:
        prediction = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        yield Serving(
            running,
            target,
            lambda asked: prediction.Predict(asked, timeout=20),
            prediction,
            model_service_pb2_grpc.ModelServiceStub(channel),
            health_pb2_grpc.HealthStub(channel),
        )
        running.stop(grace_seconds=0)
