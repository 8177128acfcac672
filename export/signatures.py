"""Holds the signatures of a SavedModel against the Specs of its endpoints."""

import pathlib
from collections.abc import Mapping

import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2

from export import audit, descriptions
from keras_gen import artifacts, spec

DEFAULT = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY

# Bookkeeping of SavedModel, not callable.
_INTERNAL_PREFIX = "__saved_model_"


def check(
    path: pathlib.Path, described: dict[str, descriptions.Description]
) -> list[str]:
    """Compares names, shapes and types.

    Args:
        path: directory of the SavedModel.
        described: what its signatures must be; the first is the default too.

    Returns:
        The names of the signatures.

    Raises:
        ArtifactError: a signature is missing, unknown or other than described.
    """
    definitions = {
        name: definition
        for graph in audit.read(path).meta_graphs
        for name, definition in graph.signature_def.items()
        if not name.startswith(_INTERNAL_PREFIX)
    }
    expected = described | {DEFAULT: next(iter(described.values()))}
    if set(definitions) != set(expected):
        raise artifacts.ArtifactError(
            f"{path} has the signatures {', '.join(sorted(definitions))}; "
            f"{descriptions.PATH} describes {', '.join(sorted(expected))}. "
            "Export the model again."
        )
    for name, each in expected.items():
        _compare(definitions[name].inputs, each.inputs, f"{path}: `{name}`")
        _compare(definitions[name].outputs, each.outputs, f"{path}: `{name}`")
    return list(described)


def _compare(
    infos: Mapping[str, meta_graph_pb2.TensorInfo],
    specs: Mapping[str, spec.Spec],
    where: str,
) -> None:
    try:
        if set(infos) != set(specs):
            raise ValueError(f"it has {sorted(infos)}, not {sorted(specs)}")
        for name, info in infos.items():
            shape = tf.TensorShape(info.tensor_shape)
            if shape.rank is None or shape.rank == 0 or shape[0] is not None:
                raise ValueError(
                    f"`{name}` must have a batch axis of any size first. "
                    f"Received shape {shape}"
                )
            dtype = tf.as_dtype(info.dtype).name
            specs[name].check_static(tuple(shape), dtype, name)
    except ValueError as error:
        raise artifacts.ArtifactError(
            f"{where} is not as {descriptions.PATH} describes: {error} Mend "
            "the Specs of the endpoint and export the model again."
        ) from error
