"""tensorflow_datasets, played by a module of the same few functions."""

import sys
import types

import numpy as np
import pytest
import tensorflow as tf

from keras_gen import data

_RECORDS = [
    {"image": np.full((3, 4, 1), level, np.uint8), "label": np.int64(level)}
    for level in range(5)
]


def _install(monkeypatch, records, fail=None):
    calls = {}

    def builder(name, data_dir):
        calls.update(name=name, data_dir=data_dir)

        def as_dataset(split, shuffle_files):
            calls.update(split=split, shuffle_files=shuffle_files)
            return records

        def download_and_prepare():
            if fail:
                raise fail

        return types.SimpleNamespace(
            download_and_prepare=download_and_prepare, as_dataset=as_dataset
        )

    module = types.ModuleType("tensorflow_datasets")
    module.builder, module.as_numpy = builder, iter
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", module)
    return calls


def test_reads_images_and_labels(monkeypatch):
    calls = _install(monkeypatch, _RECORDS)
    examples = data.load("tfds:things", "train[:5]", data_dir="prepared")
    assert calls == {
        "name": "things",
        "data_dir": "prepared",
        "split": "train[:5]",
        "shuffle_files": False,
    }
    assert examples.image_shape == (3, 4, 1)
    assert examples.labels.tolist() == [0, 1, 2, 3, 4]
    assert "things" in examples.source and "things" in examples.attribution


def test_labels_may_be_missing_or_no_numbers(monkeypatch):
    for extra in ({}, {"label": np.zeros(3)}):
        image = {"image": _RECORDS[0]["image"]}
        _install(monkeypatch, [image | extra])
        assert data.load("tfds:things").labels is None


def test_sizes_must_agree_unless_a_size_is_given(monkeypatch):
    other = {"image": np.zeros((4, 4, 1), np.uint8), "label": np.int64(0)}
    _install(monkeypatch, [*_RECORDS, other])
    with pytest.raises(data.DataError, match=r"`image_size`.*\[4, 4, 1\]"):
        data.load("tfds:things")
    examples = data.load("tfds:things", image_size=(2, 2))
    assert examples.image_shape == (2, 2, 1)


def test_known_names_come_from_it_last(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    images = [{"image": np.zeros((28, 28, 1), np.uint8)}]
    calls = _install(monkeypatch, images)
    mnist = data.load("mnist", "test")
    assert calls["name"] == "mnist" and calls["data_dir"] is None
    assert mnist.source == "tensorflow_datasets: mnist"


@pytest.mark.parametrize(
    "feature",
    [
        {"captions": {"id": np.arange(2), "text": np.array([b"a", b"b"], "O")}},
        {"captions": np.array([b" a", b"b"], object)},
        {"caption": [b"a", "b"], "text": b"c"},
        {"captions": np.arange(3), "text": ["a", "b"]},
    ],
)
def test_captions_are_found_in_several_forms(monkeypatch, feature):
    _install(monkeypatch, [_RECORDS[0] | feature, _RECORDS[1] | feature])
    assert data.load("tfds:things").captions == (("a", "b"),) * 2


def test_one_text_is_one_caption_and_numbers_are_none(monkeypatch):
    _install(monkeypatch, [_RECORDS[0] | {"text": "\u732b".encode()}])
    assert data.load("tfds:things").captions == (("\u732b",),)
    _install(monkeypatch, [_RECORDS[0] | {"captions": np.arange(3)}])
    assert data.load("tfds:things").captions is None


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([b"a", b""], "Received an empty caption in record 1"),
        ([b"a", b"\xff"], "Received not UTF-8 .* in record 1"),
        ([b"a", []], "for all images or for none. Record 1 has none"),
    ],
)
def test_a_missing_caption_is_named(monkeypatch, texts, message):
    records = [_RECORDS[0] | {"captions": text} for text in texts]
    _install(monkeypatch, records)
    with pytest.raises(data.DataError, match=message):
        data.load("tfds:things")


def test_files_of_tensorflow_datasets_with_captions(tmp_path):
    """The features of coco_captions, in real files, by the real library."""
    library = pytest.importorskip("tensorflow_datasets")
    features = library.features.FeaturesDict(
        {
            "image": library.features.Image(shape=(None, None, 3)),
            "captions": library.features.Sequence(
                {"id": np.int64, "text": library.features.Text()}
            ),
        }
    )
    texts = (("zero", "an image of 0"), ("n\u00e9uf",))
    folder = tmp_path / "numbers" / "1.0.0"
    folder.mkdir(parents=True)
    file = str(folder / "numbers-train.tfrecord-00000-of-00001")
    with tf.io.TFRecordWriter(file) as writer:
        for level, several in enumerate(texts):
            captions = [{"id": level, "text": each} for each in several]
            image = np.full((4, 6, 3), level, np.uint8)
            record = {"image": image, "captions": captions}
            record = features.encode_example(record)
            writer.write(features.serialize_example(record))
    splits = [
        library.core.SplitInfo(name="train", shard_lengths=[2], num_bytes=0)
    ]
    library.folder_dataset.write_metadata(
        data_dir=folder, features=features, split_infos=splits
    )
    examples = data.load("tfds:numbers", data_dir=tmp_path)
    assert examples.images[:, 0, 0, 0].tolist() == [0, 1]
    assert examples.captions == texts


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([], "things is empty"),
        ([{"text": b"a"}], "must have the feature `image`"),
        (["a"], "must have the feature `image`"),
    ],
)
def test_other_data_is_refused(monkeypatch, records, message):
    _install(monkeypatch, records)
    with pytest.raises(data.DataError, match=message):
        data.load("tfds:things")


def test_a_failure_is_one_line_with_a_remedy(monkeypatch):
    _install(monkeypatch, [], fail=OSError("no route to host\nTraceback ..."))
    with pytest.raises(data.DataError) as error:
        data.load("tfds:things")
    message = str(error.value)
    assert "\n" not in message
    assert "things (train): OSError: no route to host" in message
    assert "--data_dir=" in message


def test_not_installed_is_one_line_with_a_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(data.DataError, match="pip install tensorflow-dataset"):
        data.load("tfds:things")


def test_what_the_real_library_imports_is_installed(tmp_path):
    library = pytest.importorskip("tensorflow_datasets")
    # What it looks up before it downloads.
    assert library.builder("mnist", data_dir=tmp_path).url_infos
