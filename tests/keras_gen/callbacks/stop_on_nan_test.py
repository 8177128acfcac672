"""A loss that is no number stops a run, and says where and what to try."""

import keras
import numpy as np
import pytest

from keras_gen import callbacks
from tests.keras_gen import toy_model
from tests.keras_gen.toy_model import POINTS, TARGETS


def fit(active, learning_rate=1e30, **options):
    """Six steps of two points; the loss becomes infinite in the second."""
    model = toy_model.compiled(keras.optimizers.SGD(learning_rate), **options)
    model.fit(
        POINTS,
        TARGETS,
        batch_size=2,
        shuffle=False,
        callbacks=active,
        verbose=0,
    )


def test_the_message_names_step_checkpoints_and_remedies(tmp_path):
    with pytest.raises(FloatingPointError) as caught:
        fit([callbacks.StopOnNaN(tmp_path)], run_eagerly=True)
    assert str(caught.value) == (
        "`loss` became inf at step 2; training stopped. The last good "
        f"checkpoint is kept in {tmp_path}. Try a lower learning rate, "
        "gradient clipping (clip_norm), float32 precision, or a look at the "
        "data of these steps."
    )


def test_several_steps_in_one_call_are_named_together():
    with pytest.raises(
        FloatingPointError, match="became (inf|nan) at steps 1 to 3; training"
    ):
        fit([callbacks.StopOnNaN()], steps_per_execution=3)


def test_no_checkpoint_of_the_broken_state_is_written(tmp_path):
    checkpoint = callbacks.Checkpoint(tmp_path, every_steps=1)
    with pytest.raises(FloatingPointError, match="`loss` became inf at step 2"):
        fit([callbacks.StopOnNaN(), checkpoint], run_eagerly=True)
    assert [each.name for each in tmp_path.iterdir()] == ["step-000000001"]
    with np.load(tmp_path / "step-000000001" / "state.npz") as saved:
        assert all(np.isfinite(saved[name]).all() for name in saved)


def test_finite_losses_are_left_alone():
    fit([callbacks.StopOnNaN()], learning_rate=0.1, run_eagerly=True)
