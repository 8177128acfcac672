"""Loads a SavedModel as its users do, and compares answers.

`with_functions` is what Python does; `with_session` is what TensorFlow Serving
does: the graph in a session, tensors by their names. Both yield

    ask(signature, {name: array [B, ...]}) -> {name: array [B, ...]}
"""

import contextlib
import pathlib
from collections.abc import Callable, Iterator

import numpy as np
import tensorflow as tf

from export import golden
from keras_gen import artifacts

Ask = Callable[[str, dict[str, np.ndarray]], dict[str, np.ndarray]]

# |difference| <= TOLERANCE * (1 + |expected|): rows and batches, and other
# processors, add the same numbers in another order.
TOLERANCE = 1e-4

_PNG = b"\x89PNG"


@contextlib.contextmanager
def with_functions(path: pathlib.Path) -> Iterator[Ask]:
    """Loads `path` with `tf.saved_model.load`.

    Raises:
        ArtifactError: TensorFlow cannot load it.
    """
    with _explained(path):
        loaded = tf.saved_model.load(str(path))

    def ask(signature, inputs):
        tensors = {k: tf.constant(v) for k, v in inputs.items()}
        with _explained(path, signature):
            answer = loaded.signatures[signature](**tensors)
        return {k: v.numpy() for k, v in answer.items()}

    yield ask


@contextlib.contextmanager
def with_session(path: pathlib.Path) -> Iterator[Ask]:
    """Loads `path` into a session, as TensorFlow Serving does.

    Raises:
        ArtifactError: TensorFlow cannot load it.
    """
    graph = tf.Graph()
    with tf.compat.v1.Session(graph=graph) as session:
        with _explained(path):
            meta_graph = tf.compat.v1.saved_model.load(
                session, [tf.saved_model.SERVING], str(path)
            )

        def ask(signature, inputs):
            with _explained(path, signature):
                definition = meta_graph.signature_def[signature]
                names = {k: v.name for k, v in definition.outputs.items()}
                feed = {definition.inputs[k].name: v for k, v in inputs.items()}
                return session.run(names, feed)

        yield ask


def check(ask: Ask, pair: golden.Pair, path: pathlib.Path) -> float:
    """Asks for `pair` and compares.

    Args:
        ask: from `with_functions` or `with_session`.
        pair: what to ask and what to expect.
        path: of the SavedModel, for the message.

    Returns:
        The largest absolute difference.

    Raises:
        ArtifactError: an answer fails, is missing or differs too much.
    """
    answer = ask(pair.endpoint, pair.inputs)
    where = f"{path}: `{pair.endpoint}` with {pair.num_rows} row(s)"
    if set(answer) != set(pair.outputs):
        raise artifacts.ArtifactError(
            f"{where} gives {', '.join(sorted(answer))} instead of "
            f"{', '.join(sorted(pair.outputs))}. Export the model again."
        )
    largest = 0.0
    for name, expected in pair.outputs.items():
        difference, fits = _difference(expected, answer[name])
        if not fits:
            raise artifacts.ArtifactError(
                f"{where} answers other {name} than its golden pair in "
                f"{golden.PATH}: they differ by {difference:g}, more than "
                f"{TOLERANCE:g} * (1 + |expected|). Export the model again; "
                "if that does not help, a row of this endpoint depends on "
                "other rows or on hidden state."
            )
        largest = max(largest, difference)
    return largest


def _difference(expected: np.ndarray, received) -> tuple[float, bool]:
    """(largest absolute difference, whether it is within the tolerance)."""
    received = np.asarray(received)
    if expected.shape != received.shape:
        return np.inf, False
    if expected.dtype == object:
        return _bytes_difference(expected, received)
    expected, received = np.float64(expected), np.float64(received)
    difference = np.abs(expected - received)
    difference[np.isnan(difference)] = np.inf
    fits = difference <= TOLERANCE * (1 + np.abs(expected))
    return float(np.max(difference, initial=0.0)), bool(np.all(fits))


def _bytes_difference(expected, received) -> tuple[float, bool]:
    """Equal bytes, or PNG files whose levels differ by one at most.

    A float halfway between two levels may be rounded either way.
    """
    largest = 0.0
    for left, right in zip(expected.flat, received.flat, strict=True):
        if left == right:
            continue
        if not (left.startswith(_PNG) and right.startswith(_PNG)):
            return np.inf, False
        levels = _decoded(left, right)
        if levels[0].shape != levels[1].shape:
            return np.inf, False
        steps = np.abs(np.subtract(*levels, dtype=np.int32))
        largest = max(largest, float(steps.max()))
    return largest, largest <= 1


def _decoded(*files: bytes) -> list[np.ndarray]:
    """Levels of PNG files, also within another session."""
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        return session.run([tf.io.decode_png(each) for each in files])


@contextlib.contextmanager
def _explained(path: pathlib.Path, signature: str = "") -> Iterator[None]:
    """Turns whatever TensorFlow raises into an ArtifactError."""
    try:
        yield
    except Exception as error:
        failed = f"answer `{signature}`" if signature else "be loaded"
        reason = str(error).partition("\n")[0]
        raise artifacts.ArtifactError(
            f"{path} cannot {failed}: {type(error).__name__}: {reason} "
            "Export the model again."
        ) from error
