"""PredictionService: asks a model, or for its signatures."""

import grpc
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from export.server import errors, models

_SIGNATURES = "signature_def"

# time_remaining() of a call without deadline is centuries.
_LONGEST_SECONDS = 1e6


class PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):
    """Predict and GetModelMetadata; the rest is UNIMPLEMENTED."""

    def __init__(self, served: models.Models):
        self._models = served

    def Predict(
        self,
        request: predict_pb2.PredictRequest,
        context: grpc.ServicerContext,
    ) -> predict_pb2.PredictResponse:
        """Runs a signature on the inputs of the request."""
        with errors.answered(context), self._models.use(request) as servable:
            return servable.predict(request, _time_left(context))

    def GetModelMetadata(
        self,
        request: get_model_metadata_pb2.GetModelMetadataRequest,
        context: grpc.ServicerContext,
    ) -> get_model_metadata_pb2.GetModelMetadataResponse:
        """Describes the signatures of a version."""
        with errors.answered(context):
            return self._metadata(request)

    def _metadata(
        self, request: get_model_metadata_pb2.GetModelMetadataRequest
    ) -> get_model_metadata_pb2.GetModelMetadataResponse:
        models.spec_of(request)
        if not request.metadata_field:
            raise errors.invalid_argument(
                "GetModelMetadataRequest must specify at least one "
                "metadata_field"
            )
        for field in request.metadata_field:
            if field != _SIGNATURES:
                raise errors.invalid_argument(
                    f"Metadata field {field} is not supported"
                )
        signatures = get_model_metadata_pb2.SignatureDefMap()
        response = get_model_metadata_pb2.GetModelMetadataResponse()
        with self._models.use(request) as servable:
            response.model_spec.name = servable.name
            response.model_spec.version.value = servable.version
            for name, definition in servable.signature_defs.items():
                signatures.signature_def[name].CopyFrom(definition)
        response.metadata[_SIGNATURES].Pack(signatures)
        return response


def _time_left(context: grpc.ServicerContext) -> float | None:
    """Seconds until the deadline of the call, None if there is none.

    Raises:
        ServingError: DEADLINE_EXCEEDED, the call waited too long for a thread.
    """
    remaining = context.time_remaining()
    if remaining is None or remaining > _LONGEST_SECONDS:
        return None
    if remaining <= 0:
        raise errors.ServingError(
            grpc.StatusCode.DEADLINE_EXCEEDED,
            "The deadline passed before the request could be run. Allow more "
            "time or send fewer requests at once.",
        )
    return remaining
