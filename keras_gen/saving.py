"""`model.keras` and SavedModels: written whole, checked before use."""

import json
import os
import pathlib
import zipfile
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

import keras_gen
from keras_gen import artifacts


def save(
    write: Callable[[pathlib.Path], None],
    filepath: str | os.PathLike,
    overwrite: bool,
) -> None:
    """Writes a sealed `.keras` file, all at once or not at all.

    Args:
        write: Keras' own way to write one, to any path.
        filepath: ends in `.keras`.
        overwrite: whether to replace an existing file.

    Raises:
        ValueError: another ending.
        ArtifactError: it exists and `overwrite` is False, or the file system
            refuses.
    """
    filepath = pathlib.Path(filepath)
    if filepath.suffix != ".keras":
        raise ValueError(
            f"`filepath` must end in .keras. Received: {filepath}."
        )
    if filepath.exists() and not overwrite:
        raise artifacts.ArtifactError(
            f"{filepath} exists already. Pass `overwrite=True` or choose "
            "another name."
        )
    with artifacts.atomic_file(filepath) as temporary:
        write(temporary)


def load(path: str | os.PathLike) -> keras.Model:
    """Reads a `model.keras` after checking its seal.

    Args:
        path: a file written by `save` of a model of this library.

    Returns:
        The model, compiled if it was, with the state of its optimizers.

    Raises:
        ArtifactError: missing, damaged, or not written by this library.
    """
    path = pathlib.Path(path)
    artifacts.verify_file(path)
    try:
        with zipfile.ZipFile(path) as archive:
            class_name = json.loads(archive.read("config.json"))["class_name"]
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        raise artifacts.ArtifactError(
            f"{path} is whole, but holds no Keras model. Give the model.keras "
            "that a trainer wrote."
        ) from error
    if class_name in keras_gen.__all__:
        getattr(keras_gen, class_name)  # Registers the class with Keras.
    try:
        return keras.saving.load_model(path)
    except TypeError as error:
        raise artifacts.ArtifactError(
            f"{path} holds a {class_name}, which is not known here. Import "
            "the module that defines it, and register it with "
            "`keras.saving.register_keras_serializable`."
        ) from error


def in_precision(model: keras.Model, precision: str) -> keras.Model:
    """The model, or an equal one that computes in another precision.

    Args:
        model: of this library. Layers of mixed precision in networks that it
            was given are changed, too; others keep theirs.
        precision: a Keras policy, such as "float32".
    """
    config = model.get_config()
    policy = keras.saving.serialize_keras_object(keras.DTypePolicy(precision))
    changed = _without_mixed(config, policy) | {"dtype": policy}
    if changed == config:
        return model
    copy = type(model).from_config(changed)
    copy.set_weights(model.get_weights())
    return copy


def _without_mixed(config: Any, policy: dict[str, Any]) -> Any:
    """A serialized object with `policy` for each policy of mixed precision."""
    if isinstance(config, list | tuple):
        return type(config)(_without_mixed(each, policy) for each in config)
    if not isinstance(config, dict):
        return config
    if config.get("class_name") == "DTypePolicy":
        mixed = config["config"]["name"].startswith("mixed_")
        return policy if mixed else config
    return {k: _without_mixed(each, policy) for k, each in config.items()}


def export(
    model: keras.Model,
    functions: dict[str, Callable],
    filepath: str | os.PathLike,
) -> None:
    """Writes a SavedModel with one signature for each endpoint.

    Args:
        model: owns the variables.
        functions: of TensorFlow, {name of an endpoint: with an input
            signature}; the first becomes `serving_default` as well.
        filepath: a directory that does not exist yet.
    """
    # Bare tf.Variables: a tracked Keras model reloads in Python, but not in the
    # session loader of TensorFlow Serving; ExportArchive keeps weights twice.
    module = tf.Module()
    module.resources = list(model.resources)
    signatures = {
        name: each.get_concrete_function() for name, each in functions.items()
    }
    # Not those that training alone needs, such as a discriminator.
    used = {id(v) for each in signatures.values() for v in each.variables}
    weights = (weight.value for weight in model.weights)
    module.weights = [each for each in weights if id(each) in used]
    first = next(iter(signatures.values()))
    signatures[tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY] = first
    tf.saved_model.save(module, os.fspath(filepath), signatures)
