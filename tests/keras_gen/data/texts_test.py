"""Texts are found, split and refused."""

import pytest

from keras_gen import data
from keras_gen.data import texts


def test_shakespeare_ships_with_the_package():
    train, test = (texts.load("shakespeare", s) for s in ("train", "test"))
    assert len(train.text) == 1_003_854 and len(test.text) == 111_540
    assert train.text.startswith("First Citizen:\nBefore we proceed")
    assert len(set(train.text)) == 65
    assert "public domain" in train.attribution


def test_a_file_is_split_by_its_characters(tmp_path):
    path = tmp_path / "novel.txt"
    path.write_text("ä" * 9 + "b", encoding="utf-8")
    assert texts.load("file", "train", path).text == "ä" * 9
    assert texts.load("file", "test", path).text == "b"


def test_a_folder_is_joined_or_has_splits_of_its_own(tmp_path):
    (tmp_path / "b.txt").write_text("world")
    (tmp_path / "a.txt").write_text("hello")
    assert texts.load("file", "train", tmp_path).text == "helloworl"
    (tmp_path / "train.txt").write_text("learned")
    (tmp_path / "test.txt").write_text("asked")
    assert texts.load("file", "train", tmp_path).text == "learned"
    assert texts.load("file", "test", tmp_path).text == "asked"


def test_what_is_no_text_is_refused(tmp_path):
    with pytest.raises(ValueError, match="one of shakespeare, file. Received"):
        texts.load("novel")
    with pytest.raises(ValueError, match="`split` must be one of train, test"):
        texts.load("shakespeare", "validation")
    with pytest.raises(data.DataError, match="`data_dir` must be given"):
        texts.load("file")
    with pytest.raises(data.DataError, match="must exist. Received .*none"):
        texts.load("file", data_dir=tmp_path / "none")
    with pytest.raises(data.DataError, match="must hold .txt files"):
        texts.load("file", data_dir=tmp_path)
    path = tmp_path / "latin.txt"
    path.write_bytes(b"caf\xe9 au lait")
    with pytest.raises(data.DataError, match="latin.txt must be UTF-8. Byte 3"):
        texts.load("file", data_dir=path)
    path.write_bytes(b"")
    with pytest.raises(data.DataError, match="split 'train' is empty"):
        texts.load("file", data_dir=path)
