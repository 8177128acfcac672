"""Texts: by name, or files of your own.

    text = texts.load("shakespeare", "train")
    text = texts.load("file", "train", data_dir="novel.txt")

The last tenth of a text is its test split, unless a folder has both splits as
files of their own.
"""

import dataclasses
import gzip
import os
import pathlib

from keras_gen.data.examples import DataError

# name: (file beside this module, attribution).
_EMBEDDED = {
    "shakespeare": (
        "embedded/shakespeare.txt.gz",
        "Plays of W. Shakespeare, public domain; chosen by A. Karpathy",
    )
}
_SPLITS = ("train", "test")
_TRAIN_SHARE = 0.9


@dataclasses.dataclass(frozen=True)
class Text:
    """One split of a text.

    Attributes:
        text: all of it.
        name: of the data set.
        split: "train" or "test".
        source: where the files were found.
        attribution: authors and licence.
    """

    text: str
    name: str
    split: str
    source: str
    attribution: str


def names() -> list[str]:
    """What `load` accepts."""
    return [*_EMBEDDED, "file"]


def load(
    name: str, split: str = "train", data_dir: str | os.PathLike | None = None
) -> Text:
    """One split of a text, in memory.

    Args:
        name: one of `names()`.
        split: "train" or "test".
        data_dir: for "file" a UTF-8 file, or a folder of .txt files, which are
            joined in the order of their names; train.txt and test.txt in it
            are the splits.

    Raises:
        ValueError: unknown name or split.
        DataError: the files are missing, empty or not UTF-8.
    """
    if name not in names():
        raise ValueError(
            f"`name` must be one of {', '.join(names())}. Received {name!r}."
        )
    if split not in _SPLITS:
        raise ValueError(
            f"`split` must be one of {', '.join(_SPLITS)}. Received {split!r}."
        )
    if name in _EMBEDDED:
        file, attribution = _EMBEDDED[name]
        path = pathlib.Path(__file__).parent / file
        text = gzip.decompress(path.read_bytes()).decode("utf-8")
        return Text(_part(text, split), name, split, str(path), attribution)
    path = _existing(data_dir)
    text = _of_files(path, split)
    if not text:
        raise DataError(
            f"`data_dir` must hold text. Received {path}, of which the split "
            f"{split!r} is empty."
        )
    owner = "As stated by the owner of the files"
    return Text(text, name, split, str(path), owner)


def _existing(data_dir: str | os.PathLike | None) -> pathlib.Path:
    if not data_dir:
        raise DataError(
            "`data_dir` must be given for the data set `file`: a UTF-8 file, "
            "or a folder of .txt files."
        )
    path = pathlib.Path(data_dir).expanduser()
    if not path.exists():
        raise DataError(
            f"`data_dir` must exist. Received {path}. Check the path."
        )
    return path


def _of_files(path: pathlib.Path, split: str) -> str:
    if path.is_file():
        return _part(_read(path), split)
    files = {each.name: each for each in sorted(path.glob("*.txt"))}
    if not files:
        raise DataError(
            f"`data_dir` must hold .txt files. Received {path}, which has none."
        )
    own = [f"{each}.txt" for each in _SPLITS]
    if set(own) <= set(files):
        return _read(files[f"{split}.txt"])
    return _part("".join(map(_read, files.values())), split)


def _read(path: pathlib.Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} must be UTF-8. Byte {error.start:,} is not: "
            f"{error.reason}. Convert it, or leave it out."
        ) from error


def _part(text: str, split: str) -> str:
    first = int(_TRAIN_SHARE * len(text))
    return text[:first] if split == "train" else text[first:]
