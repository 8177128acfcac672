"""The server: models, services and a port, started and stopped as one."""

import concurrent.futures
import dataclasses
import pathlib
import time

import grpc
from absl import logging
from grpc_health.v1 import health_pb2_grpc
from tensorflow_serving.apis import (
    model_service_pb2_grpc,
    prediction_service_pb2_grpc,
)

from export.server import (
    health_service,
    manager,
    model_service,
    models,
    prediction_service,
    servable,
    versions,
    warmup,
)


class PortError(OSError):
    """The address cannot be listened on."""


@dataclasses.dataclass(frozen=True)
class Options:
    """What a server serves and how.

    Attributes:
        model_name: name that requests use.
        model_base_path: directory of version directories.
        bind_address: address to listen on; 127.0.0.1 is this machine alone.
        port: to listen on; 0 takes a free one.
        max_threads: requests answered at the same time.
        max_message_bytes: largest request, answer, and input tensor.
        enable_model_warmup: replay recorded requests before serving.
        policy: of polling and retries.
    """

    model_name: str
    model_base_path: pathlib.Path
    bind_address: str = "127.0.0.1"
    port: int = 8500
    max_threads: int = 8
    max_message_bytes: int = 64 << 20
    enable_model_warmup: bool = True
    policy: manager.Policy = manager.Policy()


class Server:
    """Serves one model over gRPC.

    Attributes:
        port: the port it listens on.
    """

    def __init__(self, options: Options):
        """Takes the port; answers nothing before `start`.

        Raises:
            PortError: another program has the port, or it is not allowed.
        """
        self._options = options
        self._health = health_service.HealthService()
        self._manager = manager.Manager(
            options.model_name,
            options.model_base_path,
            self._load,
            self._health.set_serving,
            options.policy,
        )
        self._server = _grpc_server(options)
        self.port = _bind(self._server, options)
        served = models.Models([self._manager])
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
            prediction_service.PredictionService(served), self._server
        )
        model_service_pb2_grpc.add_ModelServiceServicer_to_server(
            model_service.ModelService(served), self._server
        )
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)

    def start(self) -> None:
        """Answers requests, and looks for versions to serve."""
        self._server.start()
        self._manager.start()

    def stop(self, grace_seconds: float) -> None:
        """Refuses new requests, lets the running ones end, unloads.

        Args:
            grace_seconds: after which running requests are cancelled.
        """
        self._health.end()
        self._server.stop(grace_seconds).wait()
        self._manager.stop()

    def _load(self, version: versions.Version) -> servable.Servable:
        options = self._options
        loaded = servable.Servable(
            options.model_name,
            version.number,
            version.path,
            options.max_message_bytes,
        )
        if options.enable_model_warmup:
            start = time.monotonic()
            try:
                num_records = warmup.replay(loaded, version.path)
            except BaseException:
                loaded.close()
                raise
            logging.info(
                "Warmed up with %d requests in %.2f s",
                num_records,
                time.monotonic() - start,
            )
        return loaded


def _grpc_server(options: Options) -> grpc.Server:
    return grpc.server(
        concurrent.futures.ThreadPoolExecutor(options.max_threads),
        options=[
            # Otherwise two servers share a port and take turns to answer.
            ("grpc.so_reuseport", 0),
            ("grpc.max_receive_message_length", options.max_message_bytes),
            ("grpc.max_send_message_length", options.max_message_bytes),
        ],
    )


def _bind(server: grpc.Server, options: Options) -> int:
    address = f"{options.bind_address}:{options.port}"
    try:
        return server.add_insecure_port(address)
    except RuntimeError as error:
        raise PortError(
            f"Cannot listen on {address}: the port is in use, or this machine "
            "may not use that address. Stop the program that has it "
            f"(`ss -ltnp 'sport = :{options.port}'` shows which), or choose "
            "another with --port; --port=0 takes a free one."
        ) from error
