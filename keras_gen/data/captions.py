"""Captions of images: the text files that hold them, line by line.

Four formats, told apart by the name of the file:

    metadata.jsonl    {"file_name": "a.png", "text": "a cat"}; or "texts": [...]
    metadata.csv      a header with the columns file_name and text
    captions.tsv      file name, tab, caption
    captions.txt      the same

The first two are those of the `imagefolder` of Hugging Face. Text is UTF-8;
blank lines and spaces around a caption do not count.
"""

import codecs
import csv
import io
import json
import pathlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from keras_gen.data.examples import DataError

NAMES = ("metadata.jsonl", "metadata.csv", "captions.tsv", "captions.txt")

_NUM_SHOWN = 3
_CSV_COLUMNS = ("file_name", "text")


class Line(NamedTuple):
    """What one line says.

    Attributes:
        number: of the line, from 1.
        file_name: of the image, as written.
        texts: its captions, one or more, without spaces around them.
    """

    number: int
    file_name: str
    texts: list[str]


def parse(path: pathlib.Path) -> list[Line]:
    """All lines of a file of captions.

    Args:
        path: a file with one of `NAMES`.

    Raises:
        DataError: names the file, how many lines cannot be read, and the first
            of them with the reason.
    """
    rows, fields = _FORMATS[path.name]
    found, problems = [], []
    for number, row in rows(path, _decode(path)):
        try:
            file_name, texts = fields(row)
            found.append(Line(number, file_name, [clean(t) for t in texts]))
        except ValueError as error:
            problems.append(f"line {number}: {error}")
    _refuse(path, problems, "Mend these lines or remove them with their images")
    return found


def clean(text: str | bytes) -> str:
    """A caption without the spaces around it.

    Raises:
        ValueError: it is empty or not Unicode; the message is half a sentence.
    """
    try:
        text = text.decode() if isinstance(text, bytes) else text
        text.encode()
    except UnicodeError as error:
        raise ValueError(f"not UTF-8 ({error})") from None
    if not text.strip():
        raise ValueError("an empty caption")
    return text.strip()


def count_and_show(items: Sequence[str], noun: str) -> tuple[str, str]:
    """("5 lines", the first few and "and 2 more") for messages."""
    shown = list(items[:_NUM_SHOWN])
    if len(items) > _NUM_SHOWN:
        shown.append(f"and {len(items) - _NUM_SHOWN} more")
    return f"{len(items)} {noun}{'s' * (len(items) != 1)}", "; ".join(shown)


def _decode(path: pathlib.Path) -> str:
    content = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    lines, problems = [], []
    for number, line in enumerate(content.split(b"\n"), start=1):
        try:
            lines.append(line.decode())
        except UnicodeDecodeError as error:
            problems.append(f"line {number}: not UTF-8 ({error})")
    _refuse(path, problems, "Save the file as UTF-8")
    return "\n".join(lines)


def _refuse(path: pathlib.Path, problems: list[str], remedy: str) -> None:
    if problems:
        count, shown = count_and_show(problems, "line")
        raise DataError(
            f"{path} has {count} that cannot be read: {shown}. {remedy}."
        )


def _lines(path: pathlib.Path, content: str) -> Iterator[tuple[int, str]]:
    del path  # Part of the contract.
    for number, line in enumerate(content.split("\n"), start=1):
        if line.strip():
            yield number, line.removesuffix("\r")


def _json_fields(line: str) -> tuple[str, list[str]]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON ({error})") from None
    if not isinstance(record, dict):
        raise ValueError("not an object in braces")
    if not isinstance(record.get("file_name"), str):
        raise ValueError("no text `file_name`")
    keys = [key for key in ("text", "texts") if key in record]
    if len(keys) != 1:
        raise ValueError(
            f"needs either `text` or `texts`, and has {', '.join(record)}"
        )
    texts = record[keys[0]]
    if keys == ["text"]:
        texts = [texts]
    if not _are_texts(texts):
        raise ValueError(
            "`text` must be a text and `texts` a list of one text or more"
        )
    return record["file_name"], texts


def _are_texts(value: Any) -> bool:
    if not isinstance(value, list) or not value:
        return False
    return all(isinstance(each, str) for each in value)


def _tab_fields(line: str) -> tuple[str, list[str]]:
    columns = line.split("\t")
    if len(columns) != 2:
        raise ValueError(
            f"not two columns but {len(columns)}: file name, tab, caption"
        )
    return columns[0].strip(), columns[1:]


def _csv_rows(
    path: pathlib.Path, content: str
) -> Iterator[tuple[int, tuple[list[str], list[str]]]]:
    """(number, (header, row)); the number is of the first line of a row."""
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    header, number = None, 1
    try:
        for row in reader:
            if row and header is None:
                header = row
                _check_header(path, header)
            elif row:
                yield number, (header, row)
            number = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"{path} line {number}: not CSV ({error}). Close every quote, and "
            "double those within a caption."
        ) from error
    if header is None:
        _check_header(path, [])


def _check_header(path: pathlib.Path, header: list[str]) -> None:
    for name in _CSV_COLUMNS:
        if header.count(name) != 1:
            raise DataError(
                f"{path} must have one column `{name}`. Received the header "
                f"{header}. Rename the column, or move the file away if it "
                "holds no captions."
            )


def _csv_fields(row: tuple[list[str], list[str]]) -> tuple[str, list[str]]:
    header, values = row
    if len(values) != len(header):
        raise ValueError(
            f"{len(values)} columns where the header has {len(header)}; a "
            "caption with commas needs quotes"
        )
    record = dict(zip(header, values, strict=True))
    return record["file_name"], [record["text"]]


# Name of a file: (its rows by number, the file name and texts of a row).
_FORMATS = dict(
    zip(
        NAMES,
        (
            (_lines, _json_fields),
            (_csv_rows, _csv_fields),
            (_lines, _tab_fields),
            (_lines, _tab_fields),
        ),
        strict=True,
    )
)
