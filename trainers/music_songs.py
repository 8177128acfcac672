"""The songs of a data set by name: arrays of chorales, notes of MIDI files."""

import dataclasses
import pathlib
from typing import Any

from keras_gen.data import DataError, chorales, midi

# Of ten MIDI files in the order of their names, one each; the others train.
_OWN = {"valid": 8, "test": 9}


@dataclasses.dataclass(frozen=True)
class Songs:
    """One split.

    Attributes:
        songs: [T, 4] pitches each, or lists of notes.
        are_notes: which of the two.
        summary: name, split and number.
        source: where they were found.
        attribution: authors and licence.
    """

    songs: list[Any]
    are_notes: bool
    summary: str
    source: str
    attribution: str


def load(dataset: str, split: str, data_dir: str = "") -> Songs:
    """One split of a data set.

    Args:
        dataset: "chorales" or "midi".
        split: "train", "valid" or "test".
        data_dir: a folder of .mid files and folders of them, for midi.

    Raises:
        DataError: files are missing or damaged.
    """
    if dataset == "chorales":
        found = chorales.load(split, data_dir or None)
        songs, source, attribution = (
            found.songs,
            found.source,
            found.attribution,
        )
    else:
        paths = _paths(data_dir, split)
        songs = [found for found in map(midi.read, paths) if found]
        source, attribution = data_dir, "As stated by the owner of the files"
    summary = f"{len(songs):,} songs of {dataset} ({split}),"
    return Songs(songs, dataset == "midi", summary, source, attribution)


def _paths(data_dir: str, split: str) -> list[pathlib.Path]:
    paths = sorted(pathlib.Path(data_dir or "missing").rglob("*.mid"))
    chosen = [
        path
        for index, path in enumerate(paths)
        if (index % 10 == _OWN[split] if split in _OWN else index % 10 < 8)
    ]
    if not chosen:
        raise DataError(
            "`data_dir` must be a folder with ten .mid files or more, of which "
            f"one in ten is the {split} split. Received {data_dir!r}, with "
            f"{len(paths)}."
        )
    return chosen
