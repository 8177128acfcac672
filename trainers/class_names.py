"""Classes by number, and by name where a file of names is at hand."""

import pathlib
from collections.abc import Sequence


class ClassNames:
    """What classes are called.

    Args:
        num_classes: V.
        path: a text file with a name a line, class 0 first; "" for none, where
            numbers are the names.

    Raises:
        ValueError: the file has another number of lines.
    """

    def __init__(self, num_classes: int, path: str = "") -> None:
        self._num = num_classes
        self._names = None
        if path:
            lines = pathlib.Path(path).read_text("utf-8").splitlines()
            self._names = [line.strip() for line in lines]
            if len(self._names) != num_classes:
                raise ValueError(
                    "`--class_names` must have a line for each of the "
                    f"{num_classes} classes. {path} has {len(self._names)}."
                )

    def __getitem__(self, index: int) -> str:
        if self._names is None:
            return f"class {index}"
        return self._names[index]

    def find(self, words: Sequence[str]) -> list[int]:
        """Numbers of classes.

        Args:
            words: each a number, a name, or "first:end:step" as in Python.

        Raises:
            ValueError: there is no such class.
        """
        found = []
        for word in words:
            if word in (self._names or ()):
                found.append(self._names.index(word))
            elif ":" in word:
                found += self._range(word)
            else:
                found.append(self._number(word))
        return found

    def _number(self, word: str) -> int:
        if not word.isdecimal() or int(word) >= self._num:
            raise self._unknown(word)
        return int(word)

    def _range(self, word: str) -> range:
        parts = word.split(":")
        if not 2 <= len(parts) <= 3 or not all(map(str.isdecimal, parts)):
            raise self._unknown(word)
        first, end, step = (*map(int, parts), 1)[:3]
        if not (first < end <= self._num and step):
            raise self._unknown(word)
        return range(first, end, step)

    def _unknown(self, word: str) -> ValueError:
        names = "" if self._names is None else " or a line of --class_names"
        return ValueError(
            f"`--targets` must be classes of the classifier, 0 to "
            f"{self._num - 1}{names}. Received: {word}."
        )
