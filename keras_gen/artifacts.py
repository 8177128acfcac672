"""Files and directories that are whole or absent, and checked before use.

Everything the project leaves behind is written by one of two functions:

* `atomic_file`: one file (`model.keras`, a `.tflite`). Its last bytes are a
  SHA-256 seal over all bytes before them. In a zip archive (`.keras`) the seal
  is the archive comment, in a flatbuffer it follows the data, so Keras and
  LiteRT read sealed files as they are.
* `atomic_directory`: a directory (a checkpoint, a SavedModel version) with a
  `manifest.json` that lists the SHA-256 of every file, and its own.

Both write beside the destination, flush to disk, and appear by one rename:
a reader sees the old state or the new one, whatever happens in between.
`verify_file` and `verify_directory` raise `ArtifactError` on the slightest
difference. TensorFlow is not needed here.
"""

import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from typing import Any

MANIFEST = "manifest.json"

_SEAL = b"keras_gen-sha256:"
_DIGEST_SIZE = 64  # Hexadecimal characters of a SHA-256.
_TEMPORARY = ".incomplete-"
_CHUNK = 1 << 20


class ArtifactError(ValueError):
    """A file or directory is missing, damaged, foreign or cannot be written.

    The message names the file, what was expected and found, and the remedy.
    """


@contextlib.contextmanager
def atomic_file(
    path: str | os.PathLike, seal: bool = True
) -> Iterator[pathlib.Path]:
    """Yields a temporary path; on success seals it and renames it to `path`.

    Args:
        path: destination; an existing file is replaced by the rename.
        seal: whether to end the file with its digest; text has none.

    Raises:
        ArtifactError: the file system refuses (full, read-only, a directory in
            the way); `path` is as it was before.
    """
    path = pathlib.Path(path)
    temporary = None
    with _explained(path):
        if path.is_dir():
            raise ArtifactError(
                f"Cannot write the file {path}: a directory has that name. "
                "Choose another output path."
            )
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Keras and others look at the suffix: keep it.
            handle, temporary = tempfile.mkstemp(
                prefix=_TEMPORARY, suffix=path.suffix, dir=path.parent
            )
            os.close(handle)
            os.chmod(temporary, 0o644)
            yield pathlib.Path(temporary)
            if seal:
                _seal(temporary)
            _sync(temporary)
            os.replace(temporary, path)
            _sync(path.parent)
        finally:
            if temporary is not None:
                pathlib.Path(temporary).unlink(missing_ok=True)


@contextlib.contextmanager
def atomic_directory(
    path: str | os.PathLike, metadata: dict[str, Any] | None = None
) -> Iterator[pathlib.Path]:
    """Yields a temporary directory; on success it becomes `path`.

    Args:
        path: destination, which must not exist: versions and checkpoints are
            never overwritten.
        metadata: JSON-ready facts kept in the manifest.

    Raises:
        ArtifactError: `path` exists or the file system refuses; nothing is
            left behind.
    """
    path = pathlib.Path(path)
    temporary = None
    with _explained(path):
        if path.exists():
            raise ArtifactError(
                f"Cannot write {path}: it exists already and is never "
                "overwritten. Choose another name or remove it first."
            )
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = pathlib.Path(
                tempfile.mkdtemp(prefix=_TEMPORARY, dir=path.parent)
            )
            os.chmod(temporary, 0o755)
            yield temporary
            _write_manifest(temporary, metadata or {})
            for each in [*temporary.rglob("*"), temporary]:
                _sync(each)
            os.rename(temporary, path)
            _sync(path.parent)
        finally:
            if temporary is not None:
                shutil.rmtree(temporary, ignore_errors=True)


def verify_file(path: str | os.PathLike) -> None:
    """Raises ArtifactError unless `path` is a whole, sealed file."""
    path = pathlib.Path(path)
    footer_size = len(_SEAL) + _DIGEST_SIZE
    with _readable(path) as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - footer_size, 0))
        footer = file.read(footer_size)
        if len(footer) < footer_size or not footer.startswith(_SEAL):
            raise ArtifactError(
                f"{path} carries no keras_gen seal in its last "
                f"{footer_size} bytes: it was cut short, damaged, or written "
                "by another program. Copy it again from its source or write "
                "it anew."
            )
        expected = footer[len(_SEAL) :].decode("ascii", "replace")
        actual = _digest(file, size - _DIGEST_SIZE)
    if actual != expected:
        raise _damaged(path, expected, actual)


def verify_directory(path: str | os.PathLike) -> dict[str, Any]:
    """Checks every file that the manifest lists.

    Returns:
        The metadata given to `atomic_directory`.

    Raises:
        ArtifactError: the manifest or a file is missing or differs, or there
            is a file that the manifest does not list.
    """
    path = pathlib.Path(path)
    manifest = _read_manifest(path / MANIFEST)
    for each in path.rglob("*"):
        name = each.relative_to(path).as_posix()
        if each.is_file() and name not in {*manifest["files"], MANIFEST}:
            raise ArtifactError(
                f"{each} is not listed in {MANIFEST}: it was added later. "
                "Remove it, or write the directory anew with it."
            )
    for name, entry in manifest["files"].items():
        with _readable(path / name) as file:
            size = file.seek(0, os.SEEK_END)
            if size != entry["size"]:
                raise _damaged(
                    path / name, f"{entry['size']} bytes", f"{size} bytes"
                )
            actual = _digest(file, size)
        if actual != entry["sha256"]:
            raise _damaged(path / name, entry["sha256"], actual)
    return manifest["metadata"]


def remove_incomplete(directory: str | os.PathLike) -> None:
    """Deletes what writers that were killed have left in `directory`.

    Call it only where no other process writes.
    """
    for each in pathlib.Path(directory).glob(_TEMPORARY + "*"):
        if each.is_dir():
            shutil.rmtree(each, ignore_errors=True)
        else:
            each.unlink(missing_ok=True)


def _seal(path: str) -> None:
    """Ends the file with `_SEAL` and the digest of all bytes before it."""
    placeholder = _SEAL + b"0" * _DIGEST_SIZE
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path, "a") as archive:
            archive.comment = placeholder
    else:
        with open(path, "ab") as file:
            file.write(placeholder)
    with open(path, "r+b") as file:
        size = file.seek(0, os.SEEK_END)
        digest = _digest(file, size - _DIGEST_SIZE)
        file.seek(size - _DIGEST_SIZE)
        file.write(digest.encode())


def _write_manifest(directory: pathlib.Path, metadata: dict) -> None:
    files = {}
    for each in sorted(directory.rglob("*")):
        if each.is_file():
            with open(each, "rb") as file:
                size = file.seek(0, os.SEEK_END)
                digest = _digest(file, size)
            name = each.relative_to(directory).as_posix()
            files[name] = {"sha256": digest, "size": size}
    body = {"files": files, "metadata": metadata}
    (directory / MANIFEST).write_bytes(_manifest_bytes(body))


def _manifest_bytes(body: dict) -> bytes:
    """Canonical text: equal content has equal bytes, so no flip hides."""
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode())
    sealed = body | {"sha256": digest.hexdigest()}
    return (json.dumps(sealed, sort_keys=True, indent=1) + "\n").encode()


def _read_manifest(path: pathlib.Path) -> dict[str, Any]:
    with _readable(path) as file:
        found = file.read()
    try:
        manifest = json.loads(found)
        body = {name: manifest[name] for name in ("files", "metadata")}
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(path, "a manifest of keras_gen", repr(error)) from error
    if _manifest_bytes(body) != found:
        raise _damaged(path, "its own SHA-256", "another")
    return manifest


@contextlib.contextmanager
def _readable(path: pathlib.Path) -> Iterator[Any]:
    try:
        with open(path, "rb") as file:
            yield file
    except OSError as error:
        raise ArtifactError(
            f"Cannot read {path}: {error.strerror or error}. Check the path, "
            "or write the file anew."
        ) from error


@contextlib.contextmanager
def _explained(path: pathlib.Path) -> Iterator[None]:
    """Turns a refusal of the file system into an ArtifactError."""
    try:
        yield
    except OSError as error:
        raise ArtifactError(
            f"Cannot write {path}: {error.strerror or error}. Nothing was "
            "changed. Free some space, or choose a place where you may write."
        ) from error


def _damaged(path: pathlib.Path, expected: str, found: str) -> ArtifactError:
    return ArtifactError(
        f"{path} is damaged: expected {expected}, found {found}. Copy it again "
        "from its source or write it anew; nothing was loaded from it."
    )


def _digest(file: Any, size: int) -> str:
    """SHA-256 of the first `size` bytes, in hexadecimal."""
    file.seek(0)
    digest = hashlib.sha256()
    while size > 0:
        chunk = file.read(min(_CHUNK, size))
        if not chunk:
            break
        digest.update(chunk)
        size -= len(chunk)
    return digest.hexdigest()


def _sync(path: str | os.PathLike) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
