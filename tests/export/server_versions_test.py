"""Versions come and go while the server answers."""

import shutil
import threading

import grpc
import numpy as np
import pytest
from grpc_health.v1 import health_pb2

from export.server import warmup
from keras_gen import artifacts
from tests.export import saved_models
from tests.export.saved_models import arrays, record, request

_ASK = request(x=np.float32([2]))


def _version(serving):
    response = serving.predict(_ASK)
    assert arrays(response)["y"] == [3.0]
    return response.model_spec.version.value


def _flip_bit(version):
    path = version / "variables" / "variables.data-00000-of-00001"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_new_version_takes_over_without_a_failed_request(tmp_path):
    saved_models.publish(tmp_path / "1")
    with saved_models.serving(tmp_path) as serving:
        saved_models.wait_until(serving.is_serving)
        seen, failures, stop = [], [], threading.Event()

        def ask():
            while not stop.is_set():
                try:
                    seen.append(_version(serving))
                except grpc.RpcError as error:
                    failures.append(error)

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        for number in (2, 10):
            saved_models.publish(tmp_path / str(number))
            saved_models.wait_until(lambda n=number: seen and seen[-1] == n)
        stop.set()
        for thread in threads:
            thread.join()
        saved_models.wait_until(lambda: serving.states()[2] == "END")
        assert failures == []
        assert seen[0] == 1
        assert serving.states() == {10: "AVAILABLE", 2: "END", 1: "END"}


def test_a_damaged_version_is_not_served_and_may_be_repaired(tmp_path):
    saved_models.publish(tmp_path / "1")
    saved_models.publish(tmp_path / "elsewhere" / "2")
    _flip_bit(tmp_path / "elsewhere" / "2")
    with saved_models.serving(tmp_path) as serving:
        saved_models.wait_until(serving.is_serving)
        (tmp_path / "elsewhere" / "2").rename(tmp_path / "2")
        saved_models.wait_until(lambda: serving.states().get(2) == "END")
        status = serving.status()[2].status
        assert status.error_code == grpc.StatusCode.DATA_LOSS.value[0]
        assert "variables.data-00000-of-00001 is damaged" in (
            status.error_message
        )
        assert _version(serving) == 1
        shutil.rmtree(tmp_path / "2")
        saved_models.wait_until(lambda: _attempted(serving) == 1)
        saved_models.publish(tmp_path / "2")
        saved_models.wait_until(lambda: _version(serving) == 2)


def _attempted(serving):
    return serving.server._manager._attempt.version.number


def test_health_follows_from_an_empty_base_path_to_the_stop(tmp_path):
    base = tmp_path / "later"
    with saved_models.serving(base) as serving:
        assert not serving.is_serving()
        assert serving.states() == {}
        with pytest.raises(grpc.RpcError) as caught:
            serving.predict(_ASK)
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND
        told = serving.health.Watch(health_pb2.HealthCheckRequest())
        saved_models.publish(base / "1")
        assert [next(told).status for _ in range(2)] == [
            health_pb2.HealthCheckResponse.NOT_SERVING,
            health_pb2.HealthCheckResponse.SERVING,
        ]
        # An open stream must not hold up the stop.
        serving.server.stop(grace_seconds=60)
        assert next(told).status == health_pb2.HealthCheckResponse.NOT_SERVING


@pytest.mark.parametrize(
    ("missing", "code", "message"),
    [
        (
            "saved_model.pb",
            grpc.StatusCode.NOT_FOUND,
            "Could not find SavedModel .pb or .pbtxt at ",
        ),
        (
            "variables/variables.index",
            grpc.StatusCode.DATA_LOSS,
            "The passed save_path is not a valid checkpoint",
        ),
        (
            "variables/variables.data-00000-of-00001",
            grpc.StatusCode.UNKNOWN,
            "variables.data-00000-of-00001; No such file or directory",
        ),
    ],
)
def test_an_incomplete_copy_without_manifest_fails(
    tmp_path, missing, code, message
):
    saved_models.publish(tmp_path / "1")
    (tmp_path / "1" / artifacts.MANIFEST).unlink()
    (tmp_path / "1" / missing).unlink()
    with saved_models.serving(tmp_path) as serving:
        saved_models.wait_until(lambda: serving.states() == {1: "END"})
        status = serving.status()[1].status
        assert status.error_code == code.value[0]
        assert message in status.error_message


@pytest.mark.parametrize(
    ("records", "state", "message"),
    [
        ([record(request("add", a=np.float32([[1, 2]])))], "AVAILABLE", ""),
        ([], "AVAILABLE", ""),
        ([b"\xff not a log"], "END", "Failed to parse warmup record: b'\\xff"),
        (
            [record(_ASK), record(request("paint"))],
            "END",
            'Serving signature key "paint" not found.',
        ),
        ([b""], "END", "Unsupported log_type for warmup: None."),
        (
            [record(_ASK)] * 1001,
            "END",
            "Number of warmup records exceeds the maximum (1000)",
        ),
    ],
    ids=["good", "empty", "unparsable", "failing", "foreign", "too many"],
)
def test_warmup(tmp_path, records, state, message):
    saved_models.publish(tmp_path / "1", records)
    with saved_models.serving(tmp_path) as serving:
        saved_models.wait_until(
            lambda: serving.states().get(1) in ("AVAILABLE", "END")
        )
        assert serving.states() == {1: state}
        assert serving.is_serving() == (state == "AVAILABLE")
        found = serving.status()[1].status.error_message
        assert found.startswith(message)


def test_warmup_that_is_no_record_file_fails_and_can_be_switched_off(tmp_path):
    saved_models.publish(tmp_path / "1", [])
    file = tmp_path / "1" / warmup.REQUESTS_FILE
    file.write_bytes(b"no TFRecord at all, but long enough")
    (tmp_path / "1" / artifacts.MANIFEST).unlink()
    with saved_models.serving(tmp_path) as serving:
        saved_models.wait_until(lambda: serving.states() == {1: "END"})
        assert serving.status()[1].status.error_message.endswith(
            "Please verify your warmup data is in TFRecord format."
        )
    with saved_models.serving(tmp_path, enable_model_warmup=False) as serving:
        saved_models.wait_until(serving.is_serving)
