"""grpc.health.v1: whether to send requests here.

NOT_SERVING until a version of every model is available, SERVING from then on,
NOT_SERVING again while the server stops. TensorFlow Serving answers under the
short names, most probes ask for full names or for "", the whole server.
"""

import threading
from collections.abc import Callable

import grpc
from grpc_health.v1 import health, health_pb2

SERVICES = (
    "",
    "ModelService",
    "PredictionService",
    "tensorflow.serving.ModelService",
    "tensorflow.serving.PredictionService",
)


class HealthService(health.HealthServicer):
    """Starts as NOT_SERVING."""

    def __init__(self):
        super().__init__()
        self._watchers = set()
        self._watchers_lock = threading.Lock()
        self._set_all(health_pb2.HealthCheckResponse.NOT_SERVING)

    def set_serving(self) -> None:
        """Every service is SERVING, unless the server is stopping."""
        self._set_all(health_pb2.HealthCheckResponse.SERVING)

    def end(self) -> None:
        """NOT_SERVING for good.

        Watchers are told and their streams end: an open stream counts as a
        request in flight and would hold up the stop of the server.
        """
        self.enter_graceful_shutdown()
        with self._watchers_lock:
            watchers = list(self._watchers)
        for context in watchers:
            context.cancel()

    def Watch(
        self,
        request: health_pb2.HealthCheckRequest,
        context: grpc.ServicerContext,
        send_response_callback: Callable | None = None,
    ):
        """Streams the status of a service whenever it changes."""
        with self._watchers_lock:
            self._watchers.add(context)
        context.add_callback(lambda: self._forget(context))
        return super().Watch(request, context, send_response_callback)

    def _forget(self, context: grpc.ServicerContext) -> None:
        with self._watchers_lock:
            self._watchers.discard(context)

    def _set_all(self, status: int) -> None:
        for service in SERVICES:
            self.set(service, status)
