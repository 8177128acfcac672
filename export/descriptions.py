"""What the endpoints of an exported model take and give.

`assets.extra/endpoints.json` holds their Specs, the default endpoint first, so
that validation, conversion and clients know ranges and meanings, which a
SignatureDef cannot say.
"""

import dataclasses
import json
import pathlib
from typing import Any

from keras_gen import artifacts, spec

PATH = "assets.extra/endpoints.json"


@dataclasses.dataclass(frozen=True)
class Description:
    """An Endpoint without its function; see `keras_gen.endpoint`."""

    inputs: dict[str, spec.Spec]
    outputs: dict[str, spec.Spec]
    doc: str
    mobile: bool

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, as `Endpoint.to_dict`."""
        return {
            "doc": self.doc,
            "mobile": self.mobile,
            "inputs": {n: s.to_dict() for n, s in self.inputs.items()},
            "outputs": {n: s.to_dict() for n, s in self.outputs.items()},
        }


def write(directory: pathlib.Path, model: Any) -> None:
    """Writes the endpoints of a GenerativeModel into its SavedModel."""
    endpoints = {n: e.to_dict() for n, e in model.endpoints().items()}
    path = directory / PATH
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(endpoints, indent=1) + "\n")


def read(directory: pathlib.Path) -> dict[str, Description]:
    """{name: Description} of the SavedModel in `directory`.

    Raises:
        ArtifactError: the file is missing or not what `write` writes.
    """
    path = directory / PATH
    try:
        return {
            name: from_dict(fields)
            for name, fields in json.loads(path.read_text()).items()
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise artifacts.ArtifactError(
            f"{path} does not describe endpoints ({error}). Export the model "
            "again with `python -m export.saved_model`."
        ) from error


def from_dict(fields: dict[str, Any]) -> Description:
    """Inverse of `Description.to_dict`."""
    read_spec = spec.Spec.from_dict
    return Description(
        inputs={n: read_spec(s) for n, s in fields["inputs"].items()},
        outputs={n: read_spec(s) for n, s in fields["outputs"].items()},
        doc=fields["doc"],
        mobile=fields["mobile"],
    )
