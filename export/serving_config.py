"""`models.config`: tells TensorFlow Serving which models lie in a directory.

    models/models.config    written here
    models/vae/1/           a version

The paths in it are those inside the official Docker image, where the directory
is mounted as `/models`; outside Docker, name the model with `--model_name` and
`--model_base_path` instead.
"""

import os
import pathlib
import tempfile

from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from export import versions
from keras_gen import artifacts

NAME = "models.config"

_HEADER = """\
# The models in this directory, for TensorFlow Serving in Docker:
#
#     docker run -p 8500:8500 -p 8501:8501 -v "$PWD:/models" \\
#         tensorflow/serving --model_config_file=/models/{name}
#
# base_path is the path inside the container. The highest version is served.
"""


def read(
    directory: pathlib.Path,
) -> model_server_config_pb2.ModelServerConfig:
    """The config in `directory`, empty if there is none.

    Raises:
        ArtifactError: the file is not a ModelServerConfig.
    """
    config = model_server_config_pb2.ModelServerConfig()
    path = directory / NAME
    if path.exists():
        try:
            text_format.Parse(path.read_text(), config)
        except (text_format.ParseError, OSError, ValueError) as error:
            raise artifacts.ArtifactError(
                f"{path} is not a ModelServerConfig ({error}). Repair it, or "
                "delete it and it will be written anew."
            ) from error
    return config


def add(base: pathlib.Path) -> None:
    """Lists the model in `base`; leaves a file that has it as it is.

    Args:
        base: directory of the versions, whose name is that of the model.
    """
    directory, name = base.resolve().parent, base.resolve().name
    with versions.locked(directory):
        config = read(directory)
        listed = config.model_config_list.config
        if any(each.name == name for each in listed):
            return
        listed.add(
            name=name,
            base_path=f"/models/{name}",
            model_platform="tensorflow",
        )
        text = _HEADER.format(name=NAME) + text_format.MessageToString(config)
        handle, temporary = tempfile.mkstemp(dir=directory)
        with os.fdopen(handle, "w") as file:
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, directory / NAME)
