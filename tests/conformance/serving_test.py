"""Every exported model answers as the model does: SavedModel and server."""

import contextlib
import os
import pathlib
import pickle
import subprocess
import sys

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from export import audit, client, golden, warmup
from export.server import server
from tests.conformance import models, tools

TOLERANCE = 1e-5
ROWS = models.EXPORTED


def requests_of(model):
    """Every endpoint in two batch sizes: [(signature, inputs)]."""
    return [
        (name, inputs)
        for num_rows in (1, 3)
        for name, inputs in tools.example_inputs(model, num_rows).items()
    ]


@pytest.fixture(scope="session")
def fresh_process():
    """A process that knows TensorFlow alone, for all models in turn."""
    script = pathlib.Path(__file__).with_name("fresh_process.py")
    with subprocess.Popen(
        [sys.executable, script],
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.stdin.close()


def test_saved_models_answer_in_a_process_with_tensorflow_only(
    trained, saved_model_of, fresh_process, tmp_path
):
    asked = requests_of(trained.model)
    first, inputs = asked[0]
    asked.append(("serving_default", inputs))
    saved = str(saved_model_of(trained.row))
    (tmp_path / "asked").write_bytes(pickle.dumps((saved, asked)))
    line = f"{tmp_path / 'asked'}\t{tmp_path / 'answers'}\n"
    fresh_process.stdin.write(line)
    fresh_process.stdin.flush()
    assert fresh_process.stdout.readline() == "done\n"
    found = pickle.loads((tmp_path / "answers").read_bytes())
    names = {*trained.model.endpoints(), "serving_default"}
    assert set(found.pop("signatures")) == names
    assert len(found["functions"]) == len(asked)
    assert len(found["session"]) == 1
    for answers in found.values():
        for (name, inputs), answer in zip(asked, answers, strict=False):
            endpoint = first if name == "serving_default" else name
            expected = tools.numpy(trained.model.run(endpoint, **inputs))
            tools.assert_close(answer, expected, TOLERANCE)


def test_no_operation_is_refused(row, saved_model_of):
    assert audit.check(saved_model_of(row)) > 10


@contextlib.contextmanager
def serving(path):
    """A Client of the local server, once it serves the version at `path`."""
    options = server.Options("tested", path.parent, port=0)
    running = server.Server(options)
    running.start()
    target = f"127.0.0.1:{running.port}"
    try:
        with grpc.insecure_channel(target) as channel:
            request = health_pb2.HealthCheckRequest()
            stub = health_pb2_grpc.HealthStub(channel)
            changes = stub.Watch(request, timeout=300, wait_for_ready=True)
            ready = health_pb2.HealthCheckResponse.SERVING
            assert any(each.status == ready for each in changes)
        with client.Client(target, "tested") as served:
            yield served
    finally:
        running.stop(grace_seconds=0)


def test_the_local_server_answers_the_same_after_its_warm_up(
    trained, saved_model_of
):
    path = saved_model_of(trained.row)
    warmed_up = {each.endpoint for each in warmup.read(path)}
    assert warmed_up == {*trained.model.endpoints(), "serving_default"}
    with serving(path) as served:
        for name, inputs in requests_of(trained.model):
            expected = tools.numpy(trained.model.run(name, **inputs))
            found = served.predict(name, inputs)
            tools.assert_close(found, expected, TOLERANCE)


def test_golden_pairs_hold_for_the_model(trained, saved_model_of):
    pairs = golden.read(saved_model_of(trained.row))
    assert {p.endpoint for p in pairs} == set(trained.model.endpoints())
    for pair in pairs:
        found = tools.numpy(trained.model.run(pair.endpoint, **pair.inputs))
        tools.assert_close(found, pair.outputs, TOLERANCE)
