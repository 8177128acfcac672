"""Pairs of texts: tasks with a known answer, or a file of your own.

    pairs = pairs.load("dates", "train")
    pairs.sources[0], pairs.targets[0]  # "March 4, 1931", "1931-03-04"

The tasks are made on the spot: no source of the test split is in the training
split.
"""

import dataclasses
import datetime
import os
import pathlib
import random
from collections.abc import Callable

from keras_gen.data.examples import DataError

_SPLITS = ("train", "test")
_NUM = {"train": 20_000, "test": 2_000}
_SEED = 1
_FORMATS = (
    "%B %-d, %Y",
    "%-d %B %Y",
    "%A, %-d %B %Y",
    "%a %-d %b %Y",
    "%b %-d %y",
    "%d.%m.%Y",
    "%m/%d/%Y",
    "%Y%m%d",
)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclasses.dataclass(frozen=True)
class Pairs:
    """One split of sources and targets.

    Attributes:
        sources: [N] texts.
        targets: [N] texts.
        name: of the data set.
        split: "train" or "test".
        source: where they were found.
        attribution: authors and licence.
    """

    sources: list[str]
    targets: list[str]
    name: str
    split: str
    source: str
    attribution: str

    def __len__(self) -> int:
        return len(self.sources)


def names() -> list[str]:
    """What `load` accepts."""
    return [*_TASKS, "file"]


def load(
    name: str, split: str = "train", data_dir: str | os.PathLike | None = None
) -> Pairs:
    """One split of pairs, in memory.

    Args:
        name: one of `names()`.
        split: "train" or "test".
        data_dir: for "file" a folder with train.tsv and test.tsv, UTF-8, with
            a line "source<TAB>target" for each pair.

    Raises:
        ValueError: unknown name or split.
        DataError: the files are missing, empty or not so; says which line.
    """
    for key, value, known in (
        ("name", name, names()),
        ("split", split, _SPLITS),
    ):
        if value not in known:
            raise ValueError(
                f"`{key}` must be one of {', '.join(known)}. Received "
                f"{value!r}."
            )
    if name in _TASKS:
        made = _made(_TASKS[name])
        first = 0 if split == "train" else _NUM["train"]
        part = made[first : first + _NUM[split]]
        place, owner = "this program", "Made by rule, no rights"
    else:
        path = _file(data_dir, split)
        part = _read(path)
        place, owner = str(path), "As stated by the owner of the files"
    sources, targets = map(list, zip(*part, strict=True))
    return Pairs(sources, targets, name, split, place, owner)


def _made(
    task: Callable[[random.Random], tuple[str, str]],
) -> list[tuple[str, str]]:
    """Pairs with different sources, in random order."""
    drawn = random.Random(_SEED)
    found = {}
    while len(found) < sum(_NUM.values()):
        source, target = task(drawn)
        found[source] = target
    return list(found.items())


def _date(drawn: random.Random) -> tuple[str, str]:
    first = datetime.date(1930, 1, 1)
    day = first + datetime.timedelta(days=drawn.randrange(36_524))
    return day.strftime(drawn.choice(_FORMATS)), day.isoformat()


def _addition(drawn: random.Random) -> tuple[str, str]:
    left, right = drawn.randrange(1000), drawn.randrange(1000)
    return f"{left}+{right}", str(left + right)


def _reversal(drawn: random.Random) -> tuple[str, str]:
    text = "".join(drawn.choices(_LETTERS, k=drawn.randint(4, 12)))
    return text, text[::-1]


_TASKS = {"addition": _addition, "dates": _date, "reversal": _reversal}


def _file(data_dir: str | os.PathLike | None, split: str) -> pathlib.Path:
    if not data_dir:
        raise DataError(
            "`data_dir` must be given for the data set `file`: a folder with "
            "train.tsv and test.tsv."
        )
    path = pathlib.Path(data_dir).expanduser() / f"{split}.tsv"
    if not path.is_file():
        raise DataError(
            f"`data_dir` must hold {split}.tsv. Received {data_dir}, which "
            "has none."
        )
    return path


def _read(path: pathlib.Path) -> list[tuple[str, str]]:
    found = []
    try:
        lines = path.read_bytes().decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} must be UTF-8. Byte {error.start:,} is not. Convert it."
        ) from error
    for number, line in enumerate(lines, start=1):
        fields = line.split("\t")
        if len(fields) != 2 or not all(fields):
            raise DataError(
                f"{path}, line {number} must be a source, a tab and a target. "
                f"Received {line[:60]!r}."
            )
        found.append((fields[0], fields[1]))
    if not found:
        raise DataError(f"{path} must hold a pair or more. Received none.")
    return found
