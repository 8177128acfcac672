"""Captions beside images: formats, matching and refusals."""

import json

import numpy as np
import pytest
from PIL import Image

from keras_gen import data
from keras_gen.data import captions


def _images(place, *names, mode="RGB", level=0):
    for name in names:
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new(mode, (6, 4), level).save(path)


def _jsonl(place, *records):
    place.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(each) + "\n" for each in records)
    (place / "metadata.jsonl").write_text(text)


def _load(place, split="train"):
    return data.load("folder", split, data_dir=place)


def _refusal(place, split="train"):
    with pytest.raises(data.DataError) as error:
        _load(place, split)
    return str(error.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "metadata.jsonl",
            '{"file_name": "b.png", "text": "a dog"}\n\n'
            '{"file_name": "a.png", "texts": ["a cat, \\u00e9", " cat "]}',
        ),
        (
            "metadata.csv",
            "id,file_name,text\r\n1,b.png,a dog\r\n\r\n"
            '2,./a.png,"a cat, \u00e9"\r\n3,a.png,cat\r\n',
        ),
        ("captions.tsv", "b.png\ta dog\na.png\ta cat, \u00e9\na.png\tcat\n"),
        ("captions.txt", "a.png\ta cat, \u00e9\r\nb.png\ta dog\r\na.png\tcat"),
    ],
)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_every_format_gives_captions_in_the_order_of_images(
    tmp_path, name, text, mark
):
    _images(tmp_path, "a.png", level=(1, 1, 1))
    _images(tmp_path, "b.png", level=(2, 2, 2))
    (tmp_path / name).write_bytes(mark + text.encode())
    examples = _load(tmp_path)
    assert examples.captions == (("a cat, \u00e9", "cat"), ("a dog",))
    assert examples.images[:, 0, 0, 0].tolist() == [1, 2]
    assert examples.labels is None


def test_without_such_a_file_there_are_none(tmp_path):
    _images(tmp_path, "a.png")
    (tmp_path / "notes.txt").write_text("a.png\ta cat")
    assert _load(tmp_path).captions is None


def test_a_csv_caption_may_have_lines_and_quotes(tmp_path):
    _images(tmp_path, "a.png", "b.png")
    text = 'text,file_name\n"a ""big""\ncat",a.png\nb,c,b.png\n'
    (tmp_path / "metadata.csv").write_text(text)
    assert "line 4: 3 columns where the header has 2" in _refusal(tmp_path)
    (tmp_path / "metadata.csv").write_text(text.replace("b,c,", "b,"))
    assert _load(tmp_path).captions == (('a "big"\ncat',), ("b",))


def test_splits_have_their_own_files(tmp_path):
    _images(tmp_path, "train/a.png", "test/a.png")
    _jsonl(tmp_path / "train", {"file_name": "a.png", "text": "one"})
    _jsonl(tmp_path / "test", {"file_name": "a.png", "text": "two"})
    assert _load(tmp_path).captions == (("one",),)
    assert _load(tmp_path, "test").captions == (("two",),)


def test_one_file_may_serve_all_splits(tmp_path):
    _images(tmp_path, "train/a.png", "test/a.png")
    lines = [
        {"file_name": f"{split}/a.png", "text": split}
        for split in ("train", "test")
    ]
    _jsonl(tmp_path, *lines)
    assert _load(tmp_path).captions == (("train",),)
    assert _load(tmp_path, "test").captions == (("test",),)
    _jsonl(tmp_path, *lines, {"file_name": "val/a.png", "text": "lost"})
    assert "(line 3: 'val/a.png')" in _refusal(tmp_path)


def test_classes_and_captions_go_together(tmp_path):
    _images(tmp_path, "cat/a.png", "dog/a.png")
    (tmp_path / "captions.tsv").write_text("dog/a.png\tA\ncat/a.png\tB\n")
    examples = _load(tmp_path)
    assert examples.captions == (("B",), ("A",))
    assert examples.labels.tolist() == [0, 1]


def test_transparent_images_with_captions_lie_on_white(tmp_path):
    _images(tmp_path, "a.png", mode="RGBA", level=(100, 0, 0, 51))
    _images(tmp_path, "b.png", mode="L", level=70)
    assert _load(tmp_path).image_shape == (4, 6, 4)
    (tmp_path / "captions.txt").write_text("a.png\ta\nb.png\tb\n")
    images = _load(tmp_path).images
    # 0.2 of the colour and 0.8 of white.
    assert images[:, 0, 0].tolist() == [[224, 204, 204], [70, 70, 70]]
    small = data.load("folder", data_dir=tmp_path, image_size=(2, 2)).images
    assert small[0, 0, 0].tolist() == [224, 204, 204]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"a.png: a cat", "line 2: not JSON (Expecting value: line 1"),
        (b"[" * 100_000, "line 2: not JSON ("),
        (b'["a.png", "a cat"]', "line 2: not an object in braces"),
        (b'{"text": "a cat"}', "line 2: no text `file_name`"),
        (b'{"file_name": 3, "text": "a cat"}', "line 2: no text `file_name`"),
        (
            b'{"file_name": "a.png", "caption": "a cat"}',
            "line 2: needs either `text` or `texts`, and has file_name, capt",
        ),
        (
            b'{"file_name": "a.png", "text": "a", "texts": ["b"]}',
            "has file_name, text, texts",
        ),
        (b'{"file_name": "a.png", "text": null}', "`text` must be a text"),
        (b'{"file_name": "a.png", "texts": "a cat"}', "a list of one text"),
        (b'{"file_name": "a.png", "texts": []}', "a list of one text"),
        (b'{"file_name": "a.png", "texts": ["a", 1]}', "a list of one text"),
        (b'{"file_name": "a.png", "text": " "}', "line 2: an empty caption"),
        (b'{"file_name": "a.png", "texts": ["a", ""]}', "an empty caption"),
        (
            b'{"file_name": "a.png", "text": "\\ud800"}',
            "line 2: not UTF-8 ('utf-8' codec can't encode",
        ),
        (
            b'{"file_name": "a.png", "text": "\xe9"}',
            "line 2: not UTF-8 ('utf-8' codec can't decode byte 0xe9",
        ),
    ],
)
def test_bad_lines_of_json_are_named(tmp_path, line, problem):
    _images(tmp_path, "a.png")
    good = b'{"file_name": "a.png", "text": "a cat"}\n'
    (tmp_path / "metadata.jsonl").write_bytes(good + line + b"\n" + good)
    message = _refusal(tmp_path)
    assert "metadata.jsonl has 1 line that cannot be read: line 2" in message
    assert problem in message


def test_the_first_bad_lines_and_their_number_are_told(tmp_path):
    _images(tmp_path, "a.png")
    (tmp_path / "captions.tsv").write_text("a.png\t\n" * 5 + "a.png a\n")
    message = _refusal(tmp_path)
    assert "has 6 lines that cannot be read: line 1: an empty cap" in message
    assert "line 3: an empty caption; and 3 more. Mend" in message


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("captions.txt", "a.png a cat", "line 1: not two columns but 1: file"),
        ("captions.tsv", "a.png\ta\tb", "line 1: not two columns but 3"),
        ("metadata.csv", "", "one column `file_name`. Received the header []"),
        ("metadata.csv", "file_name,caption\n", "must have one column `text`"),
        (
            "metadata.csv",
            "file_name,text,text\n",
            "must have one column `text`",
        ),
        ("metadata.csv", "file_name,text\na.png\n", "line 2: 1 columns where"),
        ("metadata.csv", "file_name,text\na.png,\n", "line 2: an empty capt"),
        (
            "metadata.csv",
            'file_name,text\nb.png,b\na.png,"a\nb.png,b\n',
            "metadata.csv line 3: not CSV (unexpected end of data). Close",
        ),
    ],
)
def test_bad_lines_of_columns_are_named(tmp_path, name, text, message):
    _images(tmp_path, "a.png", "b.png")
    (tmp_path / name).write_text(text)
    assert message in _refusal(tmp_path)


def test_every_line_that_is_not_utf8_is_told(tmp_path):
    _images(tmp_path, "a.png")
    text = "a.png\ta cat\na.png\tn\xe9uf\n"
    (tmp_path / "captions.txt").write_bytes(text.encode("latin-1"))
    message = _refusal(tmp_path)
    assert "line 2: not UTF-8" in message and "as UTF-8" in message
    (tmp_path / "captions.txt").write_bytes(text.encode("utf-16"))
    assert "line 1: not UTF-8" in _refusal(tmp_path)


def test_images_and_captions_that_lack_each_other_are_named(tmp_path):
    _images(tmp_path, *(f"{index}.png" for index in range(5)))
    _jsonl(
        tmp_path,
        {"file_name": "0.png", "text": "zero"},
        {"file_name": "1.jpg", "text": "one"},
        {"file_name": "", "text": "none"},
    )
    message = _refusal(tmp_path)
    assert (
        "Received 2 captions without an image (line 2: '1.jpg'; line 3: '') "
        "and 4 images without a caption ('1.png'; '2.png'; '3.png'; and 1 more)"
    ) in message
    assert f"relative to {tmp_path}" in message


def test_captions_without_any_image_are_refused(tmp_path):
    _jsonl(tmp_path, {"file_name": "a.png", "text": "a cat"})
    assert "1 caption without an image (line 1: 'a.png')" in _refusal(tmp_path)


def test_a_file_that_is_no_image_of_the_split_is_refused(tmp_path):
    place = tmp_path / "place"
    _images(place, "a.png", "../b.png", "deep/down/c.png")
    outside, deep = "../b.png", "deep/down/c.png"
    for name in ("captions.txt", outside, deep, str(tmp_path / "b.png")):
        (place / "captions.txt").write_text(f"a.png\ta\n{name}\tb\n")
        assert f"(line 2: {name!r})" in _refusal(place)


def test_several_files_of_captions_are_refused(tmp_path):
    _images(tmp_path, "train/a.png")
    _jsonl(tmp_path / "train", {"file_name": "a.png", "text": "a"})
    (tmp_path / "captions.txt").write_text("train/a.png\ta\n")
    message = _refusal(tmp_path)
    assert "must be in a single file. Received" in message
    assert "metadata.jsonl and " in message and "captions.txt. Move" in message


def test_lines_keep_their_numbers(tmp_path):
    path = tmp_path / "captions.tsv"
    path.write_text("\n \na.png\t a cat \n")
    assert captions.parse(path) == [captions.Line(3, "a.png", ["a cat"])]


def test_captions_reach_the_batches(tmp_path):
    _images(tmp_path, "a.png", level=(255, 255, 255))
    _images(tmp_path, "b.png")
    (tmp_path / "captions.txt").write_text("a.png\twhite\nb.png\tblack\n")
    batches = data.pipeline(_load(tmp_path), 2, with_captions=True)
    for batch in batches.take(3).as_numpy_iterator():
        levels = batch["images"][:, 0, 0, 0]
        expected = np.where(batch["captions"] == b"white", 1, -1)
        np.testing.assert_array_equal(levels, expected)
