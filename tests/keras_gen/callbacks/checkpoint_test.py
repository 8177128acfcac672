"""Checkpoints: exact to the bit, whatever the moment of the kill."""

import os
import pathlib
import shutil
import signal

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen import artifacts, callbacks
from tests.keras_gen import toy_model

STEPS = 6  # Of an epoch: 12 points in batches of 2.
NOISY = toy_model.LineConfig(noise=0.1)


def compiled(optimizer="adam"):
    return toy_model.compiled(optimizer, config=NOISY, run_eagerly=True)


def batches(start_step=0):
    rows = toy_model.POINTS, toy_model.TARGETS
    dataset = tf.data.Dataset.from_tensor_slices(rows).batch(2)
    return dataset.repeat().skip(start_step)


def fit(model, active, num_epochs=2):
    """To the end of `num_epochs`, from where the model is; {epoch: loss}."""
    losses = {}
    while int(model.step.value) < num_epochs * STEPS:
        epoch, done = divmod(int(model.step.value), STEPS)
        history = model.fit(
            batches(int(model.step.value)),
            initial_epoch=epoch,
            epochs=epoch + 1,
            steps_per_epoch=STEPS - done,
            callbacks=active,
            shuffle=False,
            verbose=0,
        )
        losses[epoch] = history.history["loss"][0]
    return losses


def state(model):
    """Weights, step, optimizer."""
    variables = [model.slope, model.step, *model.optimizer.variables]
    return [v.value.numpy() for v in variables]


def assert_same(first, second):
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


class At(keras.callbacks.Callback):
    """Calls a function after a step."""

    def __init__(self, step, function):
        super().__init__()
        self.step, self.function = step, function

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.step.value) == self.step:
            self.function()


class Killed(Exception):
    pass


def kill():
    raise Killed


def run_until(directory, step, **options):
    """Trains with checkpoints, and dies after `step`."""
    checkpoint = callbacks.Checkpoint(directory, **options)
    with pytest.raises(Killed):
        fit(compiled(), [checkpoint, At(step, kill)])


def names(directory):
    return sorted(each.name for each in pathlib.Path(directory).iterdir())


def step_names(*steps):
    return [f"step-{step:09d}" for step in steps]


@pytest.fixture(scope="module")
def expected():
    """(state, losses of the epochs) of an uninterrupted run."""
    model = compiled()
    losses = fit(model, [])
    return state(model), losses


@pytest.mark.parametrize(
    ("killed_at", "resumed_at"), [(3, 2), (5, 4), (6, 4), (7, 6), (11, 10)]
)
def test_resumed_equals_uninterrupted(
    tmp_path, expected, killed_at, resumed_at
):
    expected_state, losses = expected
    run_until(tmp_path, killed_at, every_steps=2)
    model = compiled()
    checkpoint = callbacks.Checkpoint(tmp_path, every_steps=2)
    assert checkpoint.restore(model) == resumed_at
    resumed = fit(model, [checkpoint])
    assert_same(state(model), expected_state)
    # Of the epoch that was half done, too.
    assert resumed == {epoch: losses[epoch] for epoch in resumed}
    assert resumed_at // STEPS in resumed


def test_without_checkpoints_a_run_starts_at_0(tmp_path):
    model = compiled()
    before = state(model)
    assert callbacks.Checkpoint(tmp_path / "none").restore(model) == 0
    assert callbacks.Checkpoint(tmp_path).restore(model) == 0
    assert_same(state(model), before)


def test_what_killed_writers_left_is_removed(tmp_path):
    (tmp_path / ".incomplete-abc").mkdir()
    callbacks.Checkpoint(tmp_path).restore(compiled())
    assert names(tmp_path) == []


def test_the_last_ones_are_kept(tmp_path):
    fit(compiled(), [callbacks.Checkpoint(tmp_path, every_steps=2, keep=3)])
    assert names(tmp_path) == step_names(8, 10, 12)


def test_every_steps_counts_from_step_0_and_epochs_end_with_one(tmp_path):
    fit(compiled(), [callbacks.Checkpoint(tmp_path, every_steps=4, keep=9)])
    assert names(tmp_path) == step_names(4, 6, 8, 12)


def test_a_damaged_one_is_passed_over_and_replaced(tmp_path, expected, caplog):
    run_until(tmp_path, 5, every_steps=2)
    newest = tmp_path / step_names(4)[0] / "state.npz"
    newest.write_bytes(newest.read_bytes()[:-1])
    model = compiled()
    checkpoint = callbacks.Checkpoint(tmp_path, every_steps=2)
    assert checkpoint.restore(model) == 2
    assert f"{newest} is damaged" in caplog.text
    assert "Falling back to an older one" in caplog.text
    fit(model, [checkpoint])
    assert_same(state(model), expected[0])
    artifacts.verify_directory(checkpoint.latest)


def test_if_all_are_damaged_nothing_is_trained(tmp_path):
    run_until(tmp_path, 5, every_steps=2)
    for each in tmp_path.iterdir():
        (each / "manifest.json").write_text("{}")
    with pytest.raises(
        artifacts.ArtifactError,
        match="None of the checkpoints in .* can be used. Remove that dir",
    ):
        callbacks.Checkpoint(tmp_path).restore(compiled())


def test_those_of_another_model_are_refused(tmp_path):
    run_until(tmp_path, 3, every_steps=2)
    model = compiled()
    model.add_weight((3,), name="more")
    with pytest.raises(
        artifacts.ArtifactError,
        match="holds 6 variables that do not fit this model's 7 .* another m",
    ):
        callbacks.Checkpoint(tmp_path).restore(model)


@pytest.mark.parametrize("other", ["SGD", "AdamW"])  # One has equal shapes.
def test_those_of_another_optimizer_are_refused(tmp_path, other):
    run_until(tmp_path, 3, every_steps=2)
    model = compiled(other.lower())
    before = state(model)
    with pytest.raises(
        artifacts.ArtifactError,
        match=f"state of the optimizers Adam. .* compiled with {other}, to wh",
    ):
        callbacks.Checkpoint(tmp_path).restore(model)
    assert_same(state(model), before)


def test_sigterm_saves_and_ends_the_run(tmp_path):
    before = signal.getsignal(signal.SIGTERM)
    checkpoint = callbacks.Checkpoint(tmp_path, every_steps=100)
    terminate = At(3, lambda: os.kill(os.getpid(), signal.SIGTERM))
    with pytest.raises(
        callbacks.Interrupted, match="Stopped by SIGTERM; .*step-000000003"
    ):
        fit(compiled(), [terminate, checkpoint])
    assert names(tmp_path) == step_names(3)
    assert signal.getsignal(signal.SIGTERM) == before
    assert issubclass(callbacks.Interrupted, SystemExit)


def test_sigterm_after_the_last_step_of_an_epoch(tmp_path):
    checkpoint = callbacks.Checkpoint(tmp_path)
    terminate = At(STEPS, lambda: os.kill(os.getpid(), signal.SIGTERM))
    with pytest.raises(callbacks.Interrupted):
        fit(compiled(), [terminate, checkpoint])
    assert names(tmp_path) == step_names(STEPS)


def test_a_state_that_is_not_finite_is_never_saved(tmp_path):
    model = compiled()
    checkpoint = callbacks.Checkpoint(tmp_path, every_steps=2)
    spoil = At(3, lambda: model.slope.assign(np.nan))
    with pytest.raises(
        FloatingPointError,
        match="slope is not finite at step 4; .*step-000000002 is kept",
    ):
        fit(model, [spoil, checkpoint])
    assert names(tmp_path) == step_names(2)


class Counter(keras.callbacks.Callback):
    """Counts epochs, across sessions."""

    count = 0

    def on_epoch_end(self, epoch, logs=None):
        self.count += 1

    def get_state(self):
        return {"count": self.count}

    def set_state(self, state):
        self.count = state["count"]


def test_the_state_of_other_callbacks_is_saved(tmp_path):
    counter = Counter()
    first = callbacks.Checkpoint(tmp_path, others=[counter])
    fit(compiled(), [counter, first], num_epochs=1)
    again = Counter()
    second = callbacks.Checkpoint(tmp_path, others=[again])
    second.restore(compiled())
    assert again.count == 1


def test_data_of_unknown_size(tmp_path):
    model = compiled()
    dataset = batches().take(STEPS).filter(lambda x, y: True)
    checkpoint = callbacks.Checkpoint(tmp_path, every_steps=3, keep=9)
    model.fit(
        dataset, epochs=2, callbacks=[checkpoint], shuffle=False, verbose=0
    )
    assert names(tmp_path) == step_names(3, 6, 9, 12)
    restored = compiled()
    shutil.rmtree(checkpoint.latest)
    resumed = callbacks.Checkpoint(tmp_path)
    shutil.rmtree(resumed.latest)
    assert resumed.restore(restored) == 6
    # Step 6 ends an epoch: its metrics must not leak into the next.
    assert fit(restored, [resumed])[1] == fit(compiled(), [])[1]


@pytest.mark.parametrize("options", [{"every_steps": 0}, {"keep": 1}])
def test_other_options_are_refused(tmp_path, options):
    with pytest.raises(
        ValueError, match="`every_steps` must be at least 1 and `keep` at l"
    ):
        callbacks.Checkpoint(tmp_path, **options)
