"""Copies a version of a model to where a server finds it, and makes it visible.

    python -m export.push --saved_model=staging/vae/3 --destination=models/vae

It takes some 10 s and prints the new directory. The version is verified against
its manifest before and after the copy, and validated as by `export.validate` in
its new place. Then it appears by one rename as the next number in
`--destination`. A damaged or invalid version changes nothing there; an existing
version is never overwritten; any number of pushes may run at the same time.
"""

import os
import pathlib
import shutil

from absl import flags

from export import cli, validate, versions
from keras_gen import artifacts


def push(
    saved_model: str | os.PathLike,
    destination: str | os.PathLike,
    version: int | None = None,
) -> pathlib.Path:
    """Copies, validates and publishes a version.

    Args:
        saved_model: directory of one version, with a manifest.
        destination: directory of the versions of this model.
        version: its new number, None for the next.

    Returns:
        The new directory.

    Raises:
        ArtifactError: it is damaged or invalid, `version` is not above all
            others, or the file system refuses; nothing is left behind.
    """
    source = pathlib.Path(saved_model)
    destination = pathlib.Path(destination)
    versions.check(destination, version)
    metadata = artifacts.verify_directory(source)
    from export import serving_config  # TensorFlow takes seconds to import.

    serving_config.read(destination.parent)
    with versions.staging(destination) as place:
        copy = place / "version"
        with artifacts.atomic_directory(copy, metadata) as directory:
            _copy(source, directory)
        # Equal content has equal manifests: this compares every file.
        manifests = [p / artifacts.MANIFEST for p in (source, copy)]
        if manifests[0].read_bytes() != manifests[1].read_bytes():
            raise artifacts.ArtifactError(
                f"{source} was not copied faithfully to {destination}: the "
                "manifests differ. Was it written to meanwhile? Push again."
            )
        validate.require(copy)
        published = versions.publish(copy, destination, version)
    serving_config.add(destination)
    return published


def define_flags() -> None:
    """Defines the flags of this program."""
    flags.DEFINE_string(
        "saved_model",
        None,
        "Directory of the version to copy, such as staging/vae/3.",
        required=True,
    )
    flags.DEFINE_string(
        "destination",
        None,
        "Directory of the versions; its name is that of the model.",
        required=True,
    )
    flags.DEFINE_integer(
        "version",
        None,
        "New number, above all there are; the next if not given.",
        1,
    )


def main() -> int:
    """Pushes; returns the exit code."""
    chosen = flags.FLAGS
    print(push(chosen.saved_model, chosen.destination, chosen.version))
    return 0


def _copy(source: pathlib.Path, directory: pathlib.Path) -> None:
    """All but the manifest, which is written anew from what has arrived."""
    shutil.copytree(
        source,
        directory,
        ignore=shutil.ignore_patterns(artifacts.MANIFEST),
        dirs_exist_ok=True,
    )


if __name__ == "__main__":
    cli.run(main, define_flags)
