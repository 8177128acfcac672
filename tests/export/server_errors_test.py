"""Every bad request gets its status code and the words that explain it."""

import grpc
import numpy as np
import pytest
from tensorflow.core.framework import tensor_pb2, types_pb2
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    predict_pb2,
)

from tests.export import saved_models
from tests.export.saved_models import request

INVALID = grpc.StatusCode.INVALID_ARGUMENT
FAILED_PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
NOT_FOUND = grpc.StatusCode.NOT_FOUND

_VERSION = 3
_MAX_BYTES = 1 << 20


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    saved_models.publish(folder / str(_VERSION))
    with saved_models.serving(folder, max_message_bytes=_MAX_BYTES) as serving:
        saved_models.wait_until(serving.is_serving)
        yield serving


def _with(edit, asked=None):
    asked = asked or request(x=np.float32([1]))
    edit(asked)
    return asked


def _label(asked):
    asked.model_spec.version_label = "stable"


def _malformed(edit):
    asked = request(x=np.float32([1, 2]))
    edit(asked.inputs["x"])
    return asked


_GIANT = tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT, float_val=[1.0])
_GIANT.tensor_shape.dim.add().size = 1 << 40

_BAD_REQUESTS = {
    "no model_spec": (
        predict_pb2.PredictRequest(),
        INVALID,
        "Missing ModelSpec",
    ),
    "empty name": (
        _with(lambda r: r.model_spec.ClearField("name")),
        INVALID,
        "ModelSpec has no name specified.",
    ),
    "unknown model": (
        _with(lambda r: setattr(r.model_spec, "name", "other")),
        NOT_FOUND,
        "Servable not found for request: Latest(other)",
    ),
    "unknown version": (
        request(version=99, x=np.float32([1])),
        NOT_FOUND,
        "Servable not found for request: Specific(toy, 99)",
    ),
    "unknown label": (
        _with(_label),
        INVALID,
        "Unrecognized servable version label: stable",
    ),
    "unknown signature": (
        request("paint", x=np.float32([1])),
        FAILED_PRECONDITION,
        'Serving signature key "paint" not found.',
    ),
    "internal signature": (
        request("__saved_model_init_op"),
        FAILED_PRECONDITION,
        'Serving signature key "__saved_model_init_op" not found.',
    ),
    "extra input": (
        request(x=np.float32([1]), z=np.float32([1])),
        INVALID,
        "input size does not match signature: 2!=1 len({x,z}) != len({x}). "
        "Sent extra: {z}. Missing but required: {}.",
    ),
    "other input": (
        request(z=np.float32([1])),
        INVALID,
        "input size does not match signature: 1!=1 len({z}) != len({x}). "
        "Sent extra: {z}. Missing but required: {x}.",
    ),
    "missing input without default": (
        request("add", b=np.float32([[1, 1]])),
        INVALID,
        "input size does not match signature: 1!=2 len({b}) != len({a,b}). "
        "Sent extra: {}. Missing but required: {a}.",
    ),
    "wrong dtype": (
        request(x=np.float64([1])),
        INVALID,
        "input `x` must have dtype float32. Received dtype float64.",
    ),
    "invalid dtype": (
        _malformed(lambda x: setattr(x, "dtype", 999)),
        INVALID,
        "input `x` must have dtype float32. Received dtype 999.",
    ),
    "wrong rank": (
        request(x=np.float32([[1]])),
        INVALID,
        "input `x` must have shape [?], where ? is any size. Received shape "
        "[1, 1].",
    ),
    "wrong shape": (
        request("add", a=np.float32([[1, 2, 3]])),
        INVALID,
        "input `a` must have shape [?, 2], where ? is any size. Received "
        "shape [1, 3].",
    ),
    "content does not match the shape": (
        _malformed(lambda x: setattr(x, "tensor_content", b"1234567")),
        INVALID,
        "tensor parsing error: x: shape [2] of float32 takes 8 bytes of "
        "tensor_content. Received 7.",
    ),
    "more values than the shape": (
        _malformed(
            lambda x: (
                x.ClearField("tensor_content"),
                x.float_val.extend([1, 2, 3]),
            )
        ),
        INVALID,
        "tensor parsing error: x: its values do not fit shape [2]",
    ),
    "negative size": (
        _malformed(lambda x: setattr(x.tensor_shape.dim[0], "size", -1)),
        INVALID,
        "tensor parsing error: x: its shape must be known.",
    ),
    "giant tensor": (
        _with(lambda r: r.inputs["x"].CopyFrom(_GIANT)),
        INVALID,
        "tensor parsing error: x: shape [1099511627776] takes 4398046511104 "
        "bytes. At most 1048576 are accepted.",
    ),
    "unknown output": (
        _with(lambda r: r.output_filter.append("z")),
        INVALID,
        "output tensor alias not found in signature: z Outputs expected to be "
        "in the set {y}.",
    ),
    "duplicate output": (
        _with(lambda r: r.output_filter.extend(["y", "y"])),
        INVALID,
        "duplicate output tensor alias: y",
    ),
    "signature without its tensor": (
        request("ghost", seed=np.int32([1])),
        INVALID,
        "Tensor Ghost:0, specified in either feed_devices or fetch_devices "
        "was not found in the Graph",
    ),
    "error in the graph": (
        request("pick", index=np.int32([7])),
        INVALID,
        "indices[0] = 7 is not in [0, 2)",
    ),
}


@pytest.mark.parametrize("name", _BAD_REQUESTS)
def test_a_bad_request_is_explained(served, name):
    asked, code, text = _BAD_REQUESTS[name]
    with pytest.raises(grpc.RpcError) as caught:
        served.predict(asked)
    assert caught.value.code() is code
    assert caught.value.details().startswith(text)
    assert "\n" not in caught.value.details()
    assert "node" not in caught.value.details()


def _metadata_request(*fields, name=saved_models.MODEL):
    asked = get_model_metadata_pb2.GetModelMetadataRequest()
    asked.model_spec.name = name
    asked.metadata_field.extend(fields)
    return asked


def _status_request(name=saved_models.MODEL, version=None):
    asked = get_model_status_pb2.GetModelStatusRequest()
    asked.model_spec.name = name
    if version is not None:
        asked.model_spec.version.value = version
    return asked


@pytest.mark.parametrize(
    ("asked", "code", "text"),
    [
        (
            get_model_metadata_pb2.GetModelMetadataRequest(),
            INVALID,
            "Missing ModelSpec",
        ),
        (
            _metadata_request(),
            INVALID,
            "GetModelMetadataRequest must specify at least one metadata_field",
        ),
        (
            _metadata_request("signature_def", "size"),
            INVALID,
            "Metadata field size is not supported",
        ),
        (
            _metadata_request("signature_def", name="other"),
            NOT_FOUND,
            "Servable not found for request: Latest(other)",
        ),
    ],
)
def test_bad_metadata_requests(served, asked, code, text):
    with pytest.raises(grpc.RpcError) as caught:
        served.prediction.GetModelMetadata(asked, timeout=10)
    assert caught.value.code() is code
    assert caught.value.details().startswith(text)


@pytest.mark.parametrize(
    ("asked", "code", "text"),
    [
        (
            get_model_status_pb2.GetModelStatusRequest(),
            INVALID,
            "Missing ModelSpec",
        ),
        (
            _status_request(version=99),
            NOT_FOUND,
            "Could not find version 99 of model toy",
        ),
        (
            _status_request("other"),
            NOT_FOUND,
            "Could not find any versions of model other",
        ),
    ],
)
def test_bad_status_requests(served, asked, code, text):
    with pytest.raises(grpc.RpcError) as caught:
        served.models.GetModelStatus(asked, timeout=10)
    assert caught.value.code() is code
    assert caught.value.details() == text
