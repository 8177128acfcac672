"""FGSM and PGD against what is known of a linear classifier, and sanity."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen import attacks
from keras_gen.attacks import objectives
from tests.keras_gen.attacks import classifiers

EPSILON = 0.1
RADIUS = 2 * EPSILON  # In images of [-1, 1].
NORMS = pytest.mark.parametrize("norm", ["inf", "l2"])


def worst(norm, images, labels):
    """The images of the ball that a linear classifier does worst on."""
    away = {
        "inf": np.sign(classifiers.NORMAL),
        "l2": classifiers.NORMAL / np.linalg.norm(classifiers.NORMAL),
    }[norm]
    side = np.where(labels == 0, 1.0, -1.0)[:, None, None, None]
    return images + RADIUS * side * away.reshape(classifiers.SHAPE)


def gains_of(attack, changed, labels):
    logits = classifiers.curved(changed)
    return objectives.gains(logits, labels, attack.loss, False).numpy()


@NORMS
def test_both_are_exact_for_a_linear_classifier(norm):
    images, labels = classifiers.images_of(classifiers.linear, 8, limit=0.7)
    for attack in (
        attacks.FGSM(epsilon=EPSILON, norm=norm),
        attacks.PGD(epsilon=EPSILON, norm=norm, step_size=0.02),
        attacks.PGD(epsilon=EPSILON, norm=norm, step_size=0.05, momentum=1.0),
    ):
        found = classifiers.attacked(attack, classifiers.linear, images, labels)
        expected = worst(norm, images, labels)
        np.testing.assert_allclose(found, expected, atol=2e-3)


def test_the_last_images_are_those_of_the_last_step():
    """Of one step of FGSM's size, from the image, they are FGSM's."""
    images, labels = classifiers.images_of(classifiers.curved, 20)
    attack = attacks.PGD(
        epsilon=EPSILON,
        step_size=EPSILON,
        num_steps=1,
        random_start=False,
        keep="last",
    )
    expected = attacks.FGSM(epsilon=EPSILON)(classifiers.curved, images, labels)
    found = classifiers.attacked(attack, classifiers.curved, images, labels)
    np.testing.assert_allclose(found, expected, atol=1e-6)


@NORMS
@pytest.mark.parametrize("loss", objectives.LOSSES)
def test_they_stay_in_the_ball_and_in_range(norm, loss):
    images, labels = classifiers.images_of(classifiers.curved, 20)
    attack = attacks.PGD(
        epsilon=EPSILON, norm=norm, step_size=0.04, loss=loss, num_restarts=2
    )
    found = classifiers.attacked(attack, classifiers.curved, images, labels)
    assert np.abs(found).max() <= 1
    difference = found - images
    size = {
        "inf": np.abs(difference).max((1, 2, 3)),
        "l2": classifiers.lengths(difference),
    }[norm]
    assert size.max() <= RADIUS + 1e-6
    assert size.max() > 0.9 * RADIUS


@pytest.mark.parametrize(
    ("norm", "loss"), [("inf", "cross_entropy"), ("l2", "margin")]
)
def test_more_steps_and_starts_never_help_the_defender(norm, loss):
    images, labels = classifiers.images_of(classifiers.curved, 40)
    options = {"epsilon": EPSILON, "norm": norm, "loss": loss}
    before, reached_before = np.full(40, -np.inf), np.zeros(40, bool)
    ways = [(steps, 1) for steps in (1, 2, 3, 5, 8, 13)] + [(13, 2), (13, 4)]
    counts = []
    for num_steps, num_restarts in ways:
        attack = attacks.PGD(
            num_steps=num_steps, num_restarts=num_restarts, **options
        )
        found = classifiers.attacked(attack, classifiers.curved, images, labels)
        reached = attacks.is_reached(classifiers.curved(found), labels).numpy()
        gains = gains_of(attack, found, labels)
        assert (reached | ~reached_before).all()
        same = reached == reached_before
        assert (gains[same] >= before[same] - 1e-5).all()
        before, reached_before = gains, reached
        counts.append(reached.sum())
    assert counts[0] < counts[-1]


@NORMS
def test_the_loss_never_falls_from_step_to_step(norm):
    """Also without the best being kept, as long as steps are small."""
    images, labels = classifiers.images_of(classifiers.curved, 40)
    options = {"norm": norm, "step_size": 0.001, "random_start": False}
    before = gains_of(attacks.PGD(), images, labels)
    first = before
    for num_steps in (1, 2, 3, 5, 8, 13, 21):
        attack = attacks.PGD(keep="last", num_steps=num_steps, **options)
        found = classifiers.attacked(attack, classifiers.curved, images, labels)
        gains = gains_of(attack, found, labels)
        assert (gains >= before - 1e-5).all()
        before = gains
    assert (before > first).all()


@NORMS
def test_transfer_is_no_stronger_than_white_box(norm):
    """Or gradients would be masked, and the attack would look weak."""
    images, labels = classifiers.images_of(classifiers.curved, 60)
    attack = attacks.PGD(epsilon=EPSILON, norm=norm, step_size=0.02)
    shares = []
    for attacked in (classifiers.similar, classifiers.curved):
        found = classifiers.attacked(attack, attacked, images, labels)
        reached = attacks.is_reached(classifiers.curved(found), labels)
        shares.append(np.mean(reached))
    assert 0 < shares[0] < shares[1]


def test_without_bounds_every_image_is_taken_for_another():
    images, labels = classifiers.images_of(classifiers.curved, 30)
    attack = attacks.PGD(epsilon=1.0, step_size=0.1, num_restarts=3)
    found = classifiers.attacked(attack, classifiers.curved, images, labels)
    assert attacks.is_reached(classifiers.curved(found), labels).numpy().all()


def test_a_targeted_attack_gets_the_class_that_was_asked_for():
    images, labels = classifiers.images_of(classifiers.curved, 30)
    targets = (labels + 1) % classifiers.NUM_CLASSES
    attack = attacks.PGD(
        epsilon=1.0, step_size=0.1, num_restarts=3, targeted=True
    )
    found = classifiers.attacked(attack, classifiers.curved, images, targets)
    np.testing.assert_array_equal(
        np.argmax(classifiers.curved(found), axis=1), targets
    )


@NORMS
def test_graphs_and_xla_draw_the_same_and_rows_are_alone(norm):
    images, labels = classifiers.images_of(classifiers.curved, 6)
    attack = attacks.PGD(epsilon=EPSILON, norm=norm, num_steps=5)
    seed = np.arange(6, dtype=np.int32)
    eager = attack(classifiers.curved, images, labels, seed)
    for jit_compile in (False, True):
        function = tf.function(
            lambda *given: attack(classifiers.curved, *given),
            jit_compile=jit_compile,
        )
        found = function(images, labels, seed)
        np.testing.assert_allclose(found, eager, atol=1e-5)
    part = attack(classifiers.curved, images[2:4], labels[2:4], seed[2:4])
    np.testing.assert_allclose(part, eager[2:4], atol=1e-5)
    other = attack(classifiers.curved, images, labels, seed + 1)
    assert np.abs(other - eager).max() > 1e-3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epsilon": 1.5}, r"`epsilon` of norm inf .* lies in \[0, 1\]"),
        ({"epsilon": -0.1}, "`epsilon` must be at least 0"),
        ({"norm": "l1"}, "`norm` must be one of inf, l2"),
        (
            {"num_restarts": 2, "random_start": False},
            "`num_restarts` above 1 needs `random_start`",
        ),
        (
            {"num_restarts": 2, "keep": "last"},
            "`num_restarts` above 1 needs the best of all starts",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        attacks.PGD(**options)


def test_what_cannot_be_attacked_is_refused():
    images, labels = classifiers.images_of(classifiers.curved, 3)
    attack = attacks.FGSM()

    def probabilities(images):
        return tf.nn.softmax(classifiers.curved(images))

    for classify, given, message in (
        (
            probabilities,
            (images, labels),
            "must return logits. Received numbers",
        ),
        (
            classifiers.curved,
            (images, labels + 4),
            "classifier, 0 to 3. Received",
        ),
        (
            classifiers.curved,
            (images, labels - 9),
            "classifier, 0 to 3. Received",
        ),
        (classifiers.curved, (images + 1, labels), r"must lie in \[-1, 1\]"),
        (classifiers.curved, (images, labels[:2]), r"`labels` be \[B\]"),
    ):
        with pytest.raises(ValueError, match=message):
            attack(classify, *given)
