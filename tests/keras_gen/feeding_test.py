"""What `fit` and `evaluate` refuse, and say, before anything is computed."""

import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen import feeding, spec
from tests.keras_gen import toy_model

IMAGES = {"images": spec.Spec((2, 2, 1), "float32", -1.0, 1.0)}
BOTH = IMAGES | {"labels": spec.Spec((), "int32", 0, 9)}

RANDOM = np.random.default_rng(0)
GOOD = RANDOM.uniform(-1, 1, (4, 2, 2, 1)).astype("float32")
LABELS = np.int32([1, 2, 3, 4])

CASES = [
    (GOOD[..., 0], r"`images` must have shape \[B, 2, 2, 1\]"),
    (GOOD[:, :1], r"Received shape \[., 1, 2, 1\]"),
    (GOOD.astype("float64"), "must have dtype float32. Received dtype float64"),
    (np.uint8(GOOD * 127), r"For images with levels 0..255 use"),
    (np.where(GOOD < 0.5, GOOD, np.nan), "`images` must be finite"),
    (GOOD * 255, r"`images` must lie in \[-1, 1\]"),
    (GOOD[:0], "The dataset is empty: .* need at least one example"),
]


def datasets(array):
    """The array as a dataset, in a tuple and in a dict."""
    slices = tf.data.Dataset.from_tensor_slices
    yield slices(array).batch(4)
    yield slices((array, array[:, 0])).batch(4)
    yield slices({"images": array}).batch(4)


@pytest.mark.parametrize(("array", "message"), CASES)
def test_arrays_that_do_not_fit_are_refused(array, message):
    for given in (array, tf.constant(array), {"images": array}):
        with pytest.raises(ValueError, match=message):
            feeding.check(IMAGES, given)


@pytest.mark.parametrize(("array", "message"), CASES)
def test_datasets_that_do_not_fit_are_refused(array, message):
    for dataset in datasets(array):
        with pytest.raises(ValueError, match=message):
            feeding.check(IMAGES, dataset)


def test_what_fits_is_accepted_without_a_word():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        feeding.check(IMAGES, GOOD)
        feeding.check(IMAGES, GOOD, LABELS)
        feeding.check(BOTH, GOOD, LABELS)
        feeding.check(BOTH, {"images": GOOD, "labels": LABELS, "id": LABELS})
        for dataset in datasets(GOOD):
            feeding.check(IMAGES, dataset)


def test_every_array_is_checked_not_only_the_first():
    with pytest.raises(ValueError, match=r"`labels` must lie in \[0, 9\]"):
        feeding.check(BOTH, GOOD, LABELS + 9)


@pytest.mark.parametrize(
    "given",
    [(GOOD,), ({"images": GOOD},), (tf.data.Dataset.from_tensors(GOOD),)],
)
def test_missing_labels_are_named(given):
    with pytest.raises(
        ValueError, match="must have images, labels. Received: images."
    ):
        feeding.check(BOTH, *given)


def test_a_dict_without_the_name_lists_what_it_has():
    dataset = tf.data.Dataset.from_tensors({"image": GOOD, "id": LABELS})
    with pytest.raises(
        ValueError, match="must have images. Received: image, id."
    ):
        feeding.check(IMAGES, dataset)


def test_a_filter_that_lets_nothing_through_is_an_empty_dataset():
    dataset = tf.data.Dataset.from_tensor_slices(GOOD)
    dataset = dataset.filter(lambda _: False).batch(4)
    with pytest.raises(ValueError, match="`batch_size` .`drop_remainder`"):
        feeding.check(IMAGES, dataset)


def test_images_in_half_of_the_range_are_warned_about():
    half = np.abs(GOOD)
    for given in (half, tf.data.Dataset.from_tensors(half)):
        with pytest.warns(UserWarning, match=r"use `images \* 2 - 1`"):
            feeding.check(IMAGES, given)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        feeding.check({"labels": BOTH["labels"]}, LABELS)


@pytest.mark.parametrize(
    "element",
    [
        (GOOD, LABELS),
        (GOOD, LABELS, np.ones(4)),
        {"labels": LABELS, "id": LABELS, "images": GOOD},
        ({"labels": LABELS, "images": GOOD}, LABELS + 1),
    ],
)
def test_every_form_becomes_one_dict(element):
    batch = feeding.to_batch(BOTH, element)
    assert list(batch) == ["images", "labels"]
    assert batch["images"] is GOOD and batch["labels"] is LABELS


@pytest.mark.parametrize("name", ["fit", "evaluate"])
def test_fit_and_evaluate_check_before_the_first_step(name):
    model = toy_model.compiled()
    with pytest.raises(ValueError, match="`points` must have dtype float32"):
        getattr(model, name)(np.arange(3), toy_model.TARGETS[:3])
    with pytest.raises(ValueError, match="must have points, targets"):
        getattr(model, name)(toy_model.POINTS)
    assert int(model.step.value) == 0


def test_validation_data_are_checked_too():
    model = toy_model.compiled()
    bad = 2 * toy_model.POINTS, toy_model.TARGETS
    with pytest.raises(ValueError, match=r"`points` must lie in \[-1, 1\]"):
        model.fit(
            toy_model.POINTS, toy_model.TARGETS, validation_data=bad, verbose=0
        )


@pytest.mark.parametrize("name", ["fit", "evaluate"])
@pytest.mark.parametrize("change", [slice(None, -1), [0, *range(8)]])
def test_arrays_of_other_lengths_are_refused(name, change):
    model = toy_model.compiled()
    x, y = toy_model.POINTS[:8], toy_model.TARGETS[:8][change]
    message = f"all have as many. Received: points 8, targets {len(y)}. Cut"
    with pytest.raises(ValueError, match=message):
        getattr(model, name)(x, y, verbose=0)
    assert int(model.step.value) == 0


def datasets_of(model, monkeypatch, **how):
    """What Keras gets to train and to validate on."""
    seen = {}

    def keras_fit(self, x, y, validation_data, **options):
        del self, y, options
        seen.update(training=x, validation=validation_data)

    monkeypatch.setattr(keras.Model, "fit", keras_fit)
    rows = toy_model.POINTS, toy_model.TARGETS
    model.fit(*rows, validation_data=rows, batch_size=4, **how)
    return seen


def test_rows_become_a_dataset_that_nothing_tunes(monkeypatch):
    """Whose end nobody has to wait for."""
    seen = datasets_of(toy_model.compiled(), monkeypatch, shuffle=False)
    for dataset in seen.values():
        assert not dataset.options().autotune.enabled
        batches = list(dataset.as_numpy_iterator())
        assert len(batches) == -(-len(toy_model.POINTS) // 4)
        points = np.concatenate([each["points"] for each in batches])
        np.testing.assert_array_equal(points, toy_model.POINTS)


def test_rows_are_shuffled_anew_in_each_epoch(monkeypatch):
    dataset = datasets_of(toy_model.compiled(), monkeypatch)["training"]
    orders = [
        np.concatenate([each["points"] for each in dataset.as_numpy_iterator()])
        for _ in range(2)
    ]
    assert not np.array_equal(*orders)
    for order in orders:
        np.testing.assert_array_equal(
            np.sort(order, axis=0), np.sort(toy_model.POINTS, axis=0)
        )


@pytest.mark.parametrize(
    "how", [{"validation_split": 0.5}, {"steps_per_epoch": 2}]
)
def test_where_keras_needs_arrays_they_stay(monkeypatch, how):
    seen = datasets_of(toy_model.compiled(), monkeypatch, **how)
    assert seen["training"] is toy_model.POINTS
