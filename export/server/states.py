"""The life of every version, as GetModelStatus reports it.

START, LOADING, AVAILABLE, UNLOADING, END; an END with an error code is a
version that failed to load.
"""

import threading
from typing import NamedTuple

import grpc
from absl import logging
from tensorflow_serving.apis import get_model_status_pb2

from export.server import errors

State = get_model_status_pb2.ModelVersionStatus.State

# A server that runs for months sees many versions; the last ended are enough.
_MAX_ENDED = 16


class Status(NamedTuple):
    """Where a version stands.

    Attributes:
        state: of ModelVersionStatus.
        code: gRPC code, OK unless loading failed.
        message: why it failed.
    """

    state: int
    code: grpc.StatusCode = grpc.StatusCode.OK
    message: str = ""


class States:
    """The status of each version of one model; safe to use from threads."""

    def __init__(self, name: str):
        self._name = name
        self._status = {}
        self._lock = threading.Lock()

    def set(
        self,
        version: int,
        state: int,
        error: errors.ServingError | None = None,
    ) -> None:
        """Records and logs that `version` is now in `state`."""
        status = Status(state)
        if error is not None:
            status = Status(state, error.code, error.message)
        with self._lock:
            # Last moved, last in order: what is forgotten is the oldest.
            self._status.pop(version, None)
            self._status[version] = status
            ended = [n for n, s in self._status.items() if s.state == State.END]
            for number in ended[:-_MAX_ENDED]:
                del self._status[number]
        logging.info(
            "Model %s version %d is %s%s",
            self._name,
            version,
            State.Name(state),
            f": {error}" if error else "",
        )

    def all(self) -> dict[int, Status]:
        """Status by version, the highest version first."""
        with self._lock:
            return dict(sorted(self._status.items(), reverse=True))

    def get(self, version: int) -> Status | None:
        """Status of `version`, None if it was never seen."""
        with self._lock:
            return self._status.get(version)
