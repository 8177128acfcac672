"""The small classifier has a layer of features and one answer an image."""

import numpy as np

from keras_gen import networks


def images():
    random = np.random.default_rng(0)
    return random.uniform(-1, 1, (6, 9, 7, 3)).astype("float32")


def test_shapes():
    network = networks.digit_classifier((9, 7, 3), 5, 12)
    found = network(images())
    assert found["features"].shape == (6, 12)
    assert found["logits"].shape == (6, 5)


def test_the_output_is_float32_at_any_precision():
    network = networks.digit_classifier((9, 7, 3), dtype="mixed_bfloat16")
    found = network(images())
    assert {each.dtype.name for each in found.values()} == {"float32"}


def test_an_answer_depends_neither_on_others_nor_on_training():
    network = networks.digit_classifier((9, 7, 3))
    whole = network(images(), training=True)
    alone = network(images()[2:3], training=False)
    for name in ("features", "logits"):
        np.testing.assert_allclose(whole[name][2:3], alone[name], atol=1e-5)


def test_the_seed_decides_the_weights():
    first, again, other = (
        networks.digit_classifier((9, 7, 3), seed=seed) for seed in (0, 0, 1)
    )
    for a, b, c in zip(
        first.weights, again.weights, other.weights, strict=True
    ):
        np.testing.assert_array_equal(a, b)
        if a.path.endswith("kernel"):
            assert not np.allclose(a, c)
