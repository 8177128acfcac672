"""Numbered versions of a model, in the layout of TensorFlow Serving.

    models/vae/1/  models/vae/2/  ...

A server takes up the highest number by itself. So a version must appear all at
once, and its number must be higher than all before: `staging` gives a place
beside them that servers ignore, `publish` is one rename under a lock.
"""

import contextlib
import fcntl
import os
import pathlib
import re
import shutil
import tempfile
from collections.abc import Iterator

from keras_gen import artifacts

_LARGEST = 2**63 - 1  # TensorFlow Serving keeps versions in an int64.
# `artifacts.remove_incomplete` deletes what a killed program leaves.
_TEMPORARY = ".incomplete-"


def find(base: pathlib.Path) -> list[int]:
    """The numbers of the versions in `base`, lowest first."""
    if not base.is_dir():
        return []
    return sorted(
        int(each.name)
        for each in base.iterdir()
        if re.fullmatch("[0-9]+", each.name) and each.is_dir()
    )


def check(base: pathlib.Path, version: int | None) -> None:
    """Raises ArtifactError unless `version` may be published in `base`.

    Args:
        base: directory of the versions; need not exist.
        version: a number, or None for the next.
    """
    if base.exists() and not base.is_dir():
        raise artifacts.ArtifactError(
            f"{base} must be a directory of versions, but it is a file. Choose "
            "another one."
        )
    newest = max(find(base), default=0)
    if version is not None and not newest < version <= _LARGEST:
        raise artifacts.ArtifactError(
            f"`version` must be higher than all in {base}, from {newest + 1} "
            f"to {_LARGEST}. Received: {version}. Leave it out to take "
            f"{newest + 1}."
        )


@contextlib.contextmanager
def staging(base: pathlib.Path) -> Iterator[pathlib.Path]:
    """Yields an empty directory in `base`, on its file system.

    It is deleted in the end, and so is `base` if it was made and is empty.

    Raises:
        ArtifactError: `base` is a file, or the file system refuses.
    """
    check(base, None)
    made = [p for p in (base, *base.parents) if not p.exists()]
    try:
        base.mkdir(parents=True, exist_ok=True)
        place = tempfile.mkdtemp(prefix=_TEMPORARY, dir=base)
    except OSError as error:
        raise artifacts.ArtifactError(
            f"Cannot write into {base}: {error.strerror}. Choose a place "
            "where you may write."
        ) from error
    try:
        yield pathlib.Path(place)
    finally:
        shutil.rmtree(place, ignore_errors=True)
        for each in made:
            with contextlib.suppress(OSError):
                each.rmdir()  # Fails where something was published.


def publish(
    staged: pathlib.Path, base: pathlib.Path, version: int | None = None
) -> pathlib.Path:
    """Makes a finished version visible by one rename.

    Any number of processes may publish at the same time.

    Args:
        staged: the version, in a directory from `staging`.
        base: directory of the versions.
        version: its number, None for the next.

    Returns:
        `base / version`.

    Raises:
        ArtifactError: `version` is not higher than all others by now.
    """
    with locked(base):
        check(base, version)
        number = version or max(find(base), default=0) + 1
        destination = base / str(number)
        os.rename(staged, destination)
        return destination


@contextlib.contextmanager
def locked(directory: pathlib.Path) -> Iterator[None]:
    """Keeps other processes out that lock the same directory."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)  # Ends the lock, too.
