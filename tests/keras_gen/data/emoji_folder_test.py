"""The example that makes a folder of captioned images from emoji."""

import json

import numpy as np
import pytest

from examples import emoji_folder
from keras_gen import artifacts, data

_COLORS = ("red", "green", "blue", "black", "white")
_SHAPES = ("circle", "square", "heart", "book")


def _record(index, name, **others):
    return {
        "name": name,
        "unified": f"1F{index:03X}",
        "category": "Smileys & Emotion",
        "keywords": [
            name.replace(" ", "_"),
            "shape",
            "two\u00a0words",
            "x",
            "y",
        ],
        "idx": index,
    } | others


def _records():
    names = [f"{color} {shape}" for color in _COLORS for shape in _SHAPES]
    names += ["unique", "alone"]
    return [_record(index, name) for index, name in enumerate(names)]


def _drawings(count=22):
    random = np.random.default_rng(0)
    return {
        vendor: random.integers(0, 256, (count, 4, 4, 4), np.uint8)
        for vendor in ("google", "twitter")
    }


def _files(place, records=None, **drawings):
    np.savez(place / "emoji.npz", **(drawings or _drawings()))
    listed = [
        record | {"vendor": vendor}
        for record in records or _records()
        for vendor in ("google", "twitter")
    ]
    (place / "emoji.json").write_text(json.dumps(listed))
    return place / "emoji.npz", place / "emoji.json"


def test_captions_say_the_name_first_and_keywords_that_are_news():
    record = _record(0, "red circle")
    assert emoji_folder.captions(record) == [
        "red circle",
        "an emoji of red circle",
        "red circle, smileys and emotion",
        "red circle, shape, two words, x",
    ]
    bare = _record(0, "red circle", keywords=["red_circle", "circle"])
    assert len(emoji_folder.captions(bare)) == 3


@pytest.mark.parametrize("seed", range(5))
def test_words_of_held_out_names_stay_in_training(seed):
    records = _records()
    held_out = emoji_folder.choose(_drawings(), records, 0.3, seed)
    assert held_out.sum() == 7
    assert not held_out[-2:].any()
    known = set().union(
        *(
            emoji_folder.words(text)
            for record, out in zip(records, held_out, strict=True)
            for text in emoji_folder.captions(record)
            if not out
        )
    )
    for index in np.flatnonzero(held_out):
        assert emoji_folder.words(records[index]["name"]) <= known
    again = emoji_folder.choose(_drawings(), records, 0.3, seed)
    np.testing.assert_array_equal(again, held_out)
    other = emoji_folder.choose(_drawings(), records, 0.3, seed + 100)
    assert np.any(other != held_out)


@pytest.mark.parametrize("seed", range(12))
def test_the_last_to_say_a_word_of_a_held_out_name_stays(seed):
    records = [
        _record(0, "spark", keywords=[]),
        _record(1, "fire", keywords=["spark"]),
        _record(2, "big fire", keywords=[]),
        _record(3, "big", keywords=[]),
    ]
    held_out = emoji_folder.choose(_drawings(4), records, 0.5, seed)
    for pair in ((0, 1), (1, 2), (2, 3)):
        assert not held_out[list(pair)].all()


def test_emoji_that_share_a_drawing_or_a_name_are_for_training():
    records, drawings = _records(), _drawings()
    drawings["twitter"][3] = drawings["twitter"][7]
    records[5]["name"] = records[6]["name"]
    for seed in range(20):
        held_out = emoji_folder.choose(drawings, records, 0.3, seed)
        assert not held_out[[3, 7, 5, 6]].any()


@pytest.mark.parametrize(
    ("share", "message"),
    [
        (0.01, "in both splits. Received 0.01, which is 0 of 22"),
        (0.9, "do. Rec"),
    ],
)
def test_a_share_that_cannot_be_held_out_is_refused(share, message):
    with pytest.raises(ValueError, match=f"`test_share` must .*{message}"):
        emoji_folder.choose(_drawings(), _records(), share, 0)


def test_white_lies_below():
    image = np.array(
        [[[[10, 20, 30, 0], [10, 20, 30, 255], [0, 100, 255, 51]]]]
    )
    white = emoji_folder.on_white(image.astype(np.uint8))
    assert white.dtype == np.uint8
    assert white[0, 0].tolist() == [
        [255, 255, 255],
        [10, 20, 30],
        [204, 224, 255],
    ]


def test_the_folder_is_read_as_it_was_written(tmp_path, capsys):
    images, records = emoji_folder.read(*_files(tmp_path))
    held_out = emoji_folder.choose(images, records, 0.2, 0)
    emoji_folder.write(tmp_path / "emoji", images, records, held_out)
    for split, rows in (("train", ~held_out), ("test", held_out)):
        white = {k: emoji_folder.on_white(v[rows]) for k, v in images.items()}
        # Files are in the order of code points, then of styles.
        expected = np.stack([white["google"], white["twitter"]], 1)
        examples = data.load("folder", split, data_dir=tmp_path / "emoji")
        np.testing.assert_allclose(
            examples.images.astype(int),
            expected.reshape(-1, 4, 4, 3).astype(int),
            atol=1,
        )
        texts = [
            tuple(emoji_folder.captions(records[index]))
            for index in np.flatnonzero(rows)
            for _ in range(2)
        ]
        assert examples.captions == tuple(texts)
    with pytest.raises(artifacts.ArtifactError, match="exists already"):
        emoji_folder.write(tmp_path / "emoji", images, records, held_out)
    emoji_folder.report(records, held_out, 2)
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("train: 18 emoji, 36 images, 4.00 captions")
    assert printed[1].startswith("test: 4 emoji, 8 images")
    assert printed[2] == "words of test names that training has: 100.0%"


@pytest.mark.parametrize(
    ("drawings", "records", "message"),
    [
        (np.zeros((3, 4, 4, 4), np.uint8), None, "22 emoji, and 3 of google"),
        (np.zeros((22, 4, 4)), None, r"Received google \[22, 4, 4\] float64"),
        (None, [{"idx": 0}], "emoji.json: KeyError 'name'"),
        (None, [_record(1, "a")], "emoji.json: KeyError 0"),
    ],
)
def test_files_that_do_not_fit_are_refused(
    tmp_path, drawings, records, message
):
    given = {} if drawings is None else {"google": drawings}
    with pytest.raises(ValueError, match=message):
        emoji_folder.read(*_files(tmp_path, records, **given))
