"""The monitor speaks of what it sees, once, and keeps silent otherwise."""

import numpy as np
import pytest

from keras_gen import callbacks

RANDOM = np.random.default_rng(0)
REAL = RANDOM.uniform(-1, 1, (64, 4, 4, 1)).astype(np.float32)


class Fake:
    """A generator whose images differ by a share of what real ones do."""

    def __init__(self, share):
        self.share = share

    def generate(self, num):
        return self.share * REAL[:num]


def monitor(losses, share=1.0):
    """A FailureMonitor that has seen [(D's loss, G's loss)] of epochs."""
    watch = callbacks.FailureMonitor(real=REAL)
    watch.set_model(Fake(share))
    for epoch, (of_discriminator, of_generator) in enumerate(losses):
        logs = {
            "discriminator_loss": of_discriminator,
            "generator_loss": of_generator,
        }
        watch.on_epoch_end(epoch, logs)
    return watch


HEALTHY = [(1.2, 0.9), (1.1, 1.0), (1.15, 0.95), (1.1, 0.97), (1.12, 1.0)]


def test_a_healthy_game_is_left_in_peace():
    assert monitor(HEALTHY).seen == {}


@pytest.mark.parametrize(
    ("kind", "losses", "share", "text"),
    [
        ("starved", [(0.01, 5.0)] * 3, 1.0, "is 0.010, near 0"),
        (
            "fooled",
            [(1.0, g) for g in (2.0, 1.5, 1.0, 0.8, 0.6)],
            1.0,
            "fell from 2.000 to 0.600 in 5 epochs",
        ),
        (
            "restless",
            [(d, 1.0) for d in (0.2, 3.0, 0.3, 2.5, 0.1)],
            1.0,
            "the loss of the discriminator jumps",
        ),
        ("collapsed", HEALTHY, 0.1, "the generator has collapsed"),
    ],
)
def test_a_failure_is_named_with_its_numbers(kind, losses, share, text):
    seen = monitor(losses, share).seen
    assert list(seen) == [kind]
    assert text in seen[kind]


def test_samples_that_are_alike_at_first_are_no_collapse():
    assert monitor(HEALTHY[:4], share=0.1).seen == {}


def test_it_says_each_thing_once():
    watch = monitor([(0.01, 5.0)] * 4)
    assert watch.seen["starved"].startswith("Epoch 1: ")
