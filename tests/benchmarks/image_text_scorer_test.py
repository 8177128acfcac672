"""The retrieval of captions against brute force; the loss of the scorer."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from benchmarks import image_text_scorer


def test_the_share_is_the_mean_over_all_choices_of_the_others():
    random = np.random.default_rng(0)
    images = random.normal(size=(4, 3))
    texts = random.normal(size=(6, 3))
    right = np.array([0, 2, 2, 5])
    found = []
    for image, own in zip(images, right, strict=True):
        others = [row for row in range(6) if row != own]
        for chosen in itertools.combinations(others, 2):
            rows = [own, *chosen]
            found.append(np.argmax(texts[rows] @ image) == 0)
    share = image_text_scorer.retrieval(images, texts, right, 3)
    assert 0 < share < 1
    assert share == pytest.approx(np.mean(found), abs=1e-12)


def test_what_is_certain_is_1_and_a_tie_is_not_found():
    texts = np.eye(4)
    rows = np.arange(4)
    assert image_text_scorer.retrieval(texts, texts, rows, 4) == 1.0
    assert image_text_scorer.retrieval(0 * texts, texts, rows, 2) == 0.0


def test_equal_captions_are_right_for_each_others_images():
    captions = tf.constant([3.0, 3.0, 5.0])
    sure = tf.constant([[9.0, 9, -9], [9, 9, -9], [-9, -9, 9]])
    loss = image_text_scorer.contrastive(captions, sure).numpy()
    np.testing.assert_allclose(loss, [np.log(2), np.log(2), 0.0], atol=1e-6)
    other = tf.constant([3.0, 4.0, 5.0])
    even = image_text_scorer.contrastive(other, tf.zeros((3, 3))).numpy()
    np.testing.assert_allclose(even, np.log(3), rtol=1e-6)
