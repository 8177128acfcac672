"""What a caller is told when a request cannot be answered.

Whatever goes wrong inside a call ends as one gRPC status. A `ServingError`
says which, with the codes and words of TensorFlow Serving where it has some.
An error of the TensorFlow runtime keeps its code and its first line, without
graph nodes and file names. Everything else is INTERNAL with an id; the trace
stands in the log under that id and is never sent.
"""

import contextlib
import re
import uuid
from collections.abc import Iterator

import grpc
import tensorflow as tf
from absl import logging

_CODES = {code.value[0]: code for code in grpc.StatusCode}
# Where in a graph: before the words, {{function_node ...}}; behind, [[...]].
_NODES = re.compile(r"\{\{function_node .*?\}\}|\[\[.*", re.DOTALL)
_UNEXPECTED = (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN)


class ServingError(Exception):
    """A request, or the loading of a version, that failed.

    Attributes:
        code: gRPC status code.
        message: for the caller; says what was expected, received and what to
            do.
    """

    def __init__(self, code: grpc.StatusCode, message: str):
        super().__init__(f"{code.name}: {message}")
        self.code = code
        self.message = message


def invalid_argument(message: str) -> ServingError:
    """The caller must change the request."""
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, message)


def not_found(message: str) -> ServingError:
    """No such model, version or file."""
    return ServingError(grpc.StatusCode.NOT_FOUND, message)


def failed_precondition(message: str) -> ServingError:
    """The model cannot do what was asked."""
    return ServingError(grpc.StatusCode.FAILED_PRECONDITION, message)


def from_runtime(error: tf.errors.OpError) -> ServingError:
    """The status for an error that the TensorFlow runtime raised."""
    # Session.run wraps the bare error in one that lists Python source lines.
    while isinstance(error.__context__, tf.errors.OpError):
        error = error.__context__
    code = _CODES.get(error.error_code, grpc.StatusCode.UNKNOWN)
    message = _NODES.sub("", error.message or "").strip()
    return ServingError(code, message.partition("\n")[0] or code.name)


def from_load_failure(error: Exception) -> ServingError:
    """The status of a version that could not be loaded."""
    if isinstance(error, ServingError):
        return error
    if isinstance(error, tf.errors.OpError):
        return from_runtime(error)
    # What `artifacts` and the loader say of files they cannot read.
    if isinstance(error, ValueError | OSError):
        return ServingError(grpc.StatusCode.DATA_LOSS, str(error))
    logging.error("Unexpected error while loading", exc_info=error)
    return ServingError(
        grpc.StatusCode.INTERNAL, f"{type(error).__name__}: {error}"
    )


@contextlib.contextmanager
def answered(context: grpc.ServicerContext) -> Iterator[None]:
    """Ends the call with the right status if the block raises."""
    try:
        yield
    except ServingError as error:
        failure = error
    except tf.errors.OpError as error:
        failure = from_runtime(error)
        if failure.code in _UNEXPECTED:
            failure = _internal()
    except Exception:
        failure = _internal()
    else:
        return
    context.abort(failure.code, failure.message)


def _internal() -> ServingError:
    """Logs the exception in flight and returns what the caller is told."""
    error_id = uuid.uuid4().hex[:12]
    logging.exception("Internal error %s", error_id)
    return ServingError(
        grpc.StatusCode.INTERNAL,
        f"Internal error {error_id}. The log of the server has the details "
        "under this id.",
    )
