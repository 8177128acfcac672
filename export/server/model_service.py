"""ModelService: tells which versions of a model there are."""

import grpc
from tensorflow_serving.apis import (
    get_model_status_pb2,
    model_service_pb2_grpc,
)

from export.server import errors, models, states


class ModelService(model_service_pb2_grpc.ModelServiceServicer):
    """GetModelStatus; the rest is UNIMPLEMENTED."""

    def __init__(self, served: models.Models):
        self._models = served

    def GetModelStatus(
        self,
        request: get_model_status_pb2.GetModelStatusRequest,
        context: grpc.ServicerContext,
    ) -> get_model_status_pb2.GetModelStatusResponse:
        """The state of one version, or of all, the highest first."""
        with errors.answered(context):
            response = get_model_status_pb2.GetModelStatusResponse()
            for version, status in self._statuses(request).items():
                each = response.model_version_status.add()
                each.version = version
                each.state = status.state
                each.status.error_code = status.code.value[0]
                each.status.error_message = status.message
            return response

    def _statuses(
        self, request: get_model_status_pb2.GetModelStatusRequest
    ) -> dict[int, states.Status]:
        spec = models.spec_of(request)
        version = models.version_of(spec)
        manager = self._models.get(spec.name)
        found = manager.states.all() if manager else {}
        if version is not None:
            if version not in found:
                raise errors.not_found(
                    f"Could not find version {version} of model {spec.name}"
                )
            return {version: found[version]}
        if not found:
            raise errors.not_found(
                f"Could not find any versions of model {spec.name}"
            )
        return found
