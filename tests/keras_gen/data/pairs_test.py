"""Pairs of texts: right answers, no overlap, and lines that are refused."""

import datetime

import numpy as np
import pytest

from keras_gen import data
from keras_gen.data import columns, pairs


@pytest.mark.parametrize("name", ["addition", "dates", "reversal"])
def test_tasks_have_right_answers_and_splits_that_do_not_meet(name):
    train, test = (pairs.load(name, split) for split in ("train", "test"))
    assert (len(train), len(test)) == (20_000, 2_000)
    assert len({*train.sources, *test.sources}) == 22_000
    assert pairs.load(name, "test").targets == test.targets
    for source, target in zip(test.sources, test.targets, strict=True):
        if name == "addition":
            assert sum(map(int, source.split("+"))) == int(target)
        elif name == "reversal":
            assert source[::-1] == target
        else:
            day = datetime.date.fromisoformat(target)
            assert f"{day:%Y}" in source or f"{day:%y}" in source


def test_a_file_of_ones_own(tmp_path):
    (tmp_path / "train.tsv").write_text("hallo\thello\nja\tyes\n")
    found = pairs.load("file", "train", tmp_path)
    assert found.sources == ["hallo", "ja"]
    assert found.targets == ["hello", "yes"]


def test_bad_files_say_which_line(tmp_path):
    with pytest.raises(ValueError, match="`name` must be one of addition"):
        pairs.load("none")
    with pytest.raises(ValueError, match="`split` must be one of train, test"):
        pairs.load("dates", "validation")
    with pytest.raises(data.DataError, match="`data_dir` must be given"):
        pairs.load("file")
    with pytest.raises(data.DataError, match=r"must hold test.tsv"):
        pairs.load("file", "test", tmp_path)
    for content, message in (
        (b"a\tb\nc\n", "line 2 must be a source, a tab and a target"),
        (b"a\tb\tc\n", "line 1 must be"),
        (b"\tb\n", "line 1 must be"),
        (b"", "must hold a pair"),
        (b"a\t\xff", "must be UTF-8. Byte 2 is not"),
    ):
        (tmp_path / "test.tsv").write_bytes(content)
        with pytest.raises(data.DataError, match=message):
            pairs.load("file", "test", tmp_path)


def test_columns_stay_together_and_resume():
    given = {"a": np.arange(10), "b": [str(i) for i in range(10)]}

    def take(**options):
        batches = columns.pipeline(given, 3, seed=1, **options).take(6)
        return [(b["a"].numpy(), b["b"].numpy()) for b in batches]

    every = take()
    for numbers, texts in every:
        assert [str(n).encode() for n in numbers] == list(texts)
    epoch = np.concatenate([numbers for numbers, _ in every[:3]])
    assert len(set(epoch)) == 9
    resumed = take(start_step=4)
    np.testing.assert_array_equal(resumed[0][0], every[4][0])
    once = np.concatenate([numbers for numbers, _ in take(repeat=False)])
    np.testing.assert_array_equal(once, np.arange(10))


def test_columns_that_do_not_fit():
    with pytest.raises(ValueError, match="`columns` must have one length"):
        columns.pipeline({"a": [1], "b": [1, 2]}, 1)
    with pytest.raises(ValueError, match="from 1 to the 2 rows. Received 3"):
        columns.pipeline({"a": [1, 2]}, 3)
