"""Which versions of a model lie in a directory.

A version is a directory named with a number, leading zeros allowed; anything
else is ignored.
"""

import pathlib
import re
from typing import NamedTuple

from absl import logging

_NUMBER = re.compile(r"[0-9]+")
_LARGEST = 2**63 - 1  # Versions are int64 on the wire.


class Version(NamedTuple):
    """A version on disk."""

    number: int
    path: pathlib.Path


def find(base_path: pathlib.Path) -> list[Version]:
    """All versions in `base_path`, lowest first.

    Raises:
        OSError: the directory is missing or unreadable.
    """
    found = {}
    for path in sorted(base_path.iterdir()):
        if not _NUMBER.fullmatch(path.name) or not path.is_dir():
            continue
        number = int(path.name)
        if number > _LARGEST:
            continue
        if number in found:
            logging.warning(
                "Duplicate version directories detected. Version %d will be "
                "loaded from %s, %s will be ignored.",
                number,
                path,
                found[number],
            )
        found[number] = path
    return [Version(*each) for each in sorted(found.items())]
