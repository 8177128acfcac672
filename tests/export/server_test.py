"""Requests to the server and its answers."""

import concurrent.futures
import contextlib
import re
import time

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.framework import types_pb2
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_management_pb2,
)

from export.server import (
    errors,
    health_service,
    prediction_service,
    signature,
)
from tests.export import saved_models
from tests.export.saved_models import arrays, request

_VERSION = 3
_MAX_BYTES = 1 << 20


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    saved_models.publish(folder / str(_VERSION))
    with saved_models.serving(folder, max_message_bytes=_MAX_BYTES) as serving:
        saved_models.wait_until(serving.is_serving)
        yield serving


def test_predict_answers_by_default_by_signature_and_by_version(served):
    for asked in (
        request(x=np.float32([2, 6])),
        request("serving_default", x=np.float32([2, 6])),
        request(version=_VERSION, x=np.float32([2, 6])),
    ):
        response = served.predict(asked)
        np.testing.assert_array_equal(arrays(response)["y"], [3.0, 5.0])
        assert response.model_spec.name == saved_models.MODEL
        assert response.model_spec.version.value == _VERSION
        assert response.model_spec.signature_name == "serving_default"


def test_numbers_come_as_content_and_strings_as_values(served):
    text = np.array([b"caf\xc3\xa9", b"", b"zero\x00"], dtype=object)
    outputs = served.predict(request("echo", text=text)).outputs
    assert list(outputs["text"].string_val) == list(text)
    assert outputs["size"].tensor_content == np.int32([5, 0, 5]).tobytes()


def test_every_encoding_of_a_tensor_is_read(served):
    asked = request()
    x = asked.inputs["x"]
    x.dtype = types_pb2.DT_FLOAT
    x.tensor_shape.dim.add().size = 3
    for values, expected in (
        ([2, 4, 6], [3, 4, 5]),
        ([2], [3, 3, 3]),  # The last value is repeated.
        ([], [2, 2, 2]),
    ):
        x.ClearField("float_val")
        x.float_val.extend(values)
        np.testing.assert_array_equal(
            arrays(served.predict(asked))["y"], expected
        )


def test_output_filter_selects_and_defaults_fill_in(served):
    asked = request("add", a=np.float32([[1, 2]]))
    assert arrays(served.predict(asked)).keys() == {"sum", "difference"}
    asked.output_filter.append("sum")
    outputs = arrays(served.predict(asked))
    assert outputs.keys() == {"sum"}
    np.testing.assert_array_equal(outputs["sum"], [[2, 3]])


def test_concurrent_requests_get_their_own_answers(served):
    def ask(seed):
        asked = request("generate", seed=np.int32([seed]))
        return arrays(served.predict(asked))["images"][0, 0, 0, 0]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(64)))
    np.testing.assert_allclose(found, np.arange(64) / 100, rtol=1e-6)


def test_metadata_lists_the_signatures(served):
    asked = get_model_metadata_pb2.GetModelMetadataRequest()
    asked.model_spec.name = saved_models.MODEL
    asked.metadata_field.append("signature_def")
    response = served.prediction.GetModelMetadata(asked, timeout=10)
    assert response.model_spec.version.value == _VERSION
    assert set(response.metadata) == {"signature_def"}
    found = get_model_metadata_pb2.SignatureDefMap()
    response.metadata["signature_def"].Unpack(found)
    x = found.signature_def["serving_default"].inputs["x"]
    assert x.dtype == types_pb2.DT_FLOAT
    assert [dim.size for dim in x.tensor_shape.dim] == [-1]


def test_status_of_one_version_and_of_all(served):
    asked = get_model_status_pb2.GetModelStatusRequest()
    asked.model_spec.name = saved_models.MODEL
    everything = served.models.GetModelStatus(asked, timeout=10)
    asked.model_spec.version.value = _VERSION
    assert served.models.GetModelStatus(asked, timeout=10) == everything
    (only,) = everything.model_version_status
    assert only.version == _VERSION
    assert only.state == get_model_status_pb2.ModelVersionStatus.AVAILABLE
    assert only.status.error_code == 0
    assert only.status.error_message == ""


def test_every_health_service_is_serving_and_no_other_exists(served):
    assert all(map(served.is_serving, health_service.SERVICES))
    with pytest.raises(grpc.RpcError) as caught:
        served.is_serving("Painter")
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize(
    ("service", "method", "asked"),
    [
        (
            "prediction",
            "Classify",
            classification_pb2.ClassificationRequest(),
        ),
        (
            "models",
            "HandleReloadConfigRequest",
            model_management_pb2.ReloadConfigRequest(),
        ),
    ],
)
def test_what_is_not_there_is_unimplemented(served, service, method, asked):
    with pytest.raises(grpc.RpcError) as caught:
        getattr(getattr(served, service), method)(asked, timeout=10)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_a_message_above_the_limit_is_refused(served):
    with pytest.raises(grpc.RpcError) as caught:
        served.predict(request(x=np.zeros(_MAX_BYTES // 4, np.float32)))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "larger than max" in caught.value.details()


def test_a_run_that_passed_its_deadline_is_stopped(served):
    """Once the server has seen how long a run takes, it can cut one short."""
    start = time.monotonic()
    served.predict(request("slow", steps=np.int32([200])))
    duration = time.monotonic() - start
    endless = request("slow", steps=np.int32([10_000_000]))
    with pytest.raises(grpc.RpcError) as caught:
        served.prediction.Predict(endless, timeout=duration)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED

    def idle():
        before = time.process_time()
        time.sleep(0.1)
        return time.process_time() - before < 0.05

    saved_models.wait_until(idle)


def test_any_number_of_output_filters_is_served(served, monkeypatch):
    monkeypatch.setattr(signature, "_MAX_CALLABLES", 1)
    for name, expected in (("sum", 3.0), ("difference", 1.0), ("sum", 3.0)):
        asked = request("add", a=np.float32([[2, 2]]))
        asked.output_filter.append(name)
        np.testing.assert_array_equal(
            arrays(served.predict(asked))[name], [[expected, expected]]
        )


class _Context:
    """A call with a given time left, as the service sees it."""

    def __init__(self, seconds):
        self._seconds = seconds

    def time_remaining(self):
        return self._seconds

    def abort(self, code, message):
        raise errors.ServingError(code, message)


class _Models:
    """Lends something that answers with its timeout, or fails."""

    def __init__(self, failure=None):
        self._failure = failure

    @contextlib.contextmanager
    def use(self, asked):
        yield self

    def predict(self, asked, timeout):
        if self._failure:
            raise self._failure
        return timeout


@pytest.mark.parametrize(
    ("seconds", "timeout"), [(1.5, 1.5), (None, None), (1e12, None)]
)
def test_the_deadline_of_a_call_is_the_timeout_of_its_run(seconds, timeout):
    service = prediction_service.PredictionService(_Models())
    assert service.Predict(request(), _Context(seconds)) == timeout


def test_a_call_that_waited_beyond_its_deadline_is_not_run():
    service = prediction_service.PredictionService(_Models(KeyError()))
    with pytest.raises(errors.ServingError) as caught:
        service.Predict(request(), _Context(0.0))
    assert caught.value.code is grpc.StatusCode.DEADLINE_EXCEEDED


@pytest.mark.parametrize(
    "failure",
    [
        KeyError("secret"),
        tf.errors.InternalError(None, None, "secret"),
        tf.errors.UnknownError(None, None, "secret"),
    ],
)
def test_the_unexpected_is_logged_and_not_told(failure, caplog):
    service = prediction_service.PredictionService(_Models(failure))
    with pytest.raises(errors.ServingError) as caught:
        service.Predict(request(), _Context(9.0))
    assert caught.value.code is grpc.StatusCode.INTERNAL
    found = re.match(
        r"Internal error ([0-9a-f]{12})\. .*", caught.value.message
    )
    assert "secret" not in caught.value.message
    assert found[1] in caplog.text
    assert "secret" in caplog.text
