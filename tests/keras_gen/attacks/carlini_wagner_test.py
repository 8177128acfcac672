"""The nearest image across a plane is known; and what has none stays."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen import attacks
from tests.keras_gen.attacks import classifiers


def distances(images):
    """To the plane between the classes of the linear classifier."""
    flat = images.reshape(len(images), -1)
    return np.abs(flat @ classifiers.NORMAL) / np.linalg.norm(
        classifiers.NORMAL
    )


def test_of_a_linear_classifier_it_finds_the_nearest_image():
    images, labels = classifiers.images_of(classifiers.linear, 12, limit=0.5)
    attack = attacks.CarliniWagnerL2(num_searches=9)
    found = classifiers.attacked(attack, classifiers.linear, images, labels)
    assert attacks.is_reached(classifiers.linear(found), labels).numpy().all()
    away = classifiers.lengths(found - images)
    expected = distances(images)
    assert (away >= expected - 1e-5).all()
    np.testing.assert_allclose(away, expected, rtol=0.05, atol=0.01)


def test_confidence_is_kept():
    images, labels = classifiers.images_of(classifiers.linear, 8, limit=0.5)
    attack = attacks.CarliniWagnerL2(confidence=0.5, num_searches=9)
    found = classifiers.attacked(attack, classifiers.linear, images, labels)
    logits = classifiers.linear(found).numpy()
    rows = np.arange(8)
    assert (logits[rows, 1 - labels] - logits[rows, labels] > 0.5).all()


def test_targets_are_reached():
    images, labels = classifiers.images_of(classifiers.curved, 6)
    targets = (labels + 1) % classifiers.NUM_CLASSES
    attack = attacks.CarliniWagnerL2(targeted=True)
    found = classifiers.attacked(attack, classifiers.curved, images, targets)
    np.testing.assert_array_equal(
        np.argmax(classifiers.curved(found), axis=1), targets
    )


def test_where_nothing_deceives_the_image_stays():
    images, _ = classifiers.images_of(classifiers.linear, 4)

    def certain(images):
        return tf.stack(
            [classifiers.linear(images)[:, 0], images[:, 0, 0, 0] - 9], 1
        )

    attack = attacks.CarliniWagnerL2(num_steps=5, num_searches=2)
    found = attack(certain, images, np.zeros(4, np.int32))
    np.testing.assert_array_equal(found, images)


@pytest.mark.parametrize("name", ["num_steps", "num_searches"])
def test_numbers_of_steps_are_checked(name):
    with pytest.raises(ValueError, match=f"`{name}` must be at least 1"):
        attacks.CarliniWagnerL2(**{name: 0})
