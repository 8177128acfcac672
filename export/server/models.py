"""Finds the model that a request names."""

from collections.abc import Iterable
from contextlib import AbstractContextManager

from google.protobuf import message
from tensorflow_serving.apis import model_pb2

from export.server import errors, lending, manager, servable


class Models:
    """The models of a server, by name."""

    def __init__(self, managers: Iterable[manager.Manager]):
        self._managers = {each.name: each for each in managers}

    def use(
        self, request: message.Message
    ) -> AbstractContextManager[servable.Servable]:
        """Lends the version that `request.model_spec` names.

        Raises:
            ServingError: it names none, or one that is not available.
        """
        spec = spec_of(request)
        if not spec.name:
            raise errors.invalid_argument("ModelSpec has no name specified.")
        version = version_of(spec)
        if spec.name not in self._managers:
            raise lending.not_found(spec.name, version)
        return self._managers[spec.name].use(version)

    def get(self, name: str) -> manager.Manager | None:
        """The manager of the model `name`, None if there is none."""
        return self._managers.get(name)


def spec_of(request: message.Message) -> model_pb2.ModelSpec:
    """The ModelSpec of a request.

    Raises:
        ServingError: INVALID_ARGUMENT, there is none.
    """
    if not request.HasField("model_spec"):
        raise errors.invalid_argument("Missing ModelSpec")
    return request.model_spec


def version_of(spec: model_pb2.ModelSpec) -> int | None:
    """The version that `spec` asks for, None for the newest.

    Raises:
        ServingError: INVALID_ARGUMENT, it asks by label; no labels are set.
    """
    if spec.WhichOneof("version_choice") == "version_label":
        raise errors.invalid_argument(
            f"Unrecognized servable version label: {spec.version_label}"
        )
    return spec.version.value if spec.HasField("version") else None
