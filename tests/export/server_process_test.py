"""The server as a program: first lines, signals, exit codes."""

import pathlib
import re
import signal
import subprocess
import sys
import time

import grpc
import numpy as np
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tensorflow_serving.apis import prediction_service_pb2_grpc

from tests.export import saved_models

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_SERVING = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def _start(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "export.server", *arguments],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _slow(num_steps):
    return saved_models.request("slow", steps=np.int32([num_steps]))


@pytest.fixture
def process(tmp_path):
    saved_models.publish(tmp_path / "3")
    started = _start(
        f"--model_base_path={tmp_path}",
        f"--model_name={saved_models.MODEL}",
        "--port=0",
    )
    yield started
    started.kill()
    started.communicate()


def test_a_server_announces_itself_keeps_its_port_and_drains(process, tmp_path):
    lines = [process.stdout.readline().strip() for _ in range(4)]
    assert "for development" in lines[0]
    assert lines[1] == (
        f'docker run -p 8500:8500 -v "{tmp_path}:/models/toy" '
        "-e MODEL_NAME=toy tensorflow/serving"
    )
    port = re.fullmatch(r"Listening on 127\.0\.0\.1:(\d+) .*", lines[2])[1]
    assert lines[3] == f"Model toy from {tmp_path}: versions 3."
    second = _start(f"--model_base_path={tmp_path}", f"--port={port}")
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        told = health_pb2_grpc.HealthStub(channel).Watch(
            health_pb2.HealthCheckRequest()
        )
        while next(told).status != _SERVING:
            pass
        _, complaint = second.communicate(timeout=60)
        assert second.returncode == 1
        assert complaint.splitlines()[-1].startswith(
            f"error: Cannot listen on 127.0.0.1:{port}: the port is in use"
        )
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        start = time.monotonic()
        stub.Predict(_slow(200), timeout=60)
        num_steps = 200 * 3.0 / (time.monotonic() - start)  # Three seconds.
        running = stub.Predict.future(_slow(int(num_steps)), timeout=60)
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert next(told).status == _NOT_SERVING
        assert not running.done()
        assert running.result().outputs["trace"].tensor_content
    assert process.wait(timeout=30) == 0


def test_help_shows_the_command_and_needs_no_tensorflow():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "export.server", "--help"],
        cwd=_ROOT,
        capture_output=True,
        text=True,
    )
    assert "python -m export.server --model_name=vae" in done.stdout
    assert "tensorflow" not in done.stderr
    assert "grpc" not in done.stderr
