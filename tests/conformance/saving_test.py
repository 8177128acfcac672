"""Every model survives being saved, and goes on as if nothing had happened."""

import json
import shutil

import keras
import numpy as np
import pytest

import keras_gen
from keras_gen import callbacks
from tests.conformance import tools

INTERRUPTED_AT = 4  # In the second epoch.


def test_config_round_trips_through_json(row):
    text = row.config.to_json()
    assert json.loads(text)
    assert type(row.config).from_json(text) == row.config


def test_keras_file_round_trips(trained, tmp_path):
    trained.model.save(tmp_path / "model.keras")
    loaded = keras_gen.load(tmp_path / "model.keras")
    assert type(loaded) is type(trained.model)
    assert loaded.config == trained.model.config
    assert int(loaded.step) == int(trained.model.step) == 20
    tools.assert_same_state(tools.state(loaded), tools.state(trained.model))
    inputs = tools.example_inputs(loaded, 2)
    # Line by line: that is how graphs are traced, in a tenth of the time.
    expected = tools.answers(trained.model, inputs)
    tools.assert_close(tools.answers(loaded, inputs), expected, 1e-6)


def test_an_equal_seed_builds_an_equal_model(row):
    keras.utils.set_random_seed(5)
    first = row.build().get_weights()
    keras.utils.set_random_seed(5)
    tools.assert_same_state(row.build().get_weights(), first)


class SaveModel(keras.callbacks.Callback):
    """Writes model.keras after each epoch."""

    def __init__(self, directory):
        super().__init__()
        self.directory = directory

    def on_epoch_end(self, epoch, logs=None):
        self.model.save(self.directory / f"epoch-{epoch + 1}.keras")


def compiled(row, seed):
    """With an optimizer whose updates depend on its slots and its count."""
    keras.utils.set_random_seed(seed)
    model = row.build()
    rate = keras.optimizers.schedules.ExponentialDecay(1e-3, 2, 0.5)
    model.compile(keras_gen.Adam(rate, global_clipnorm=1.0))
    return model


def fit(model, start_step, epoch, num_steps, active=()):
    model.fit(
        tools.batches(model, start_step),
        initial_epoch=epoch - 1,
        epochs=epoch,
        steps_per_epoch=num_steps,
        callbacks=list(active),
        shuffle=False,
        verbose=0,
    )


@pytest.fixture(scope="module")
def uninterrupted(row, tmp_path_factory):
    """(state after two epochs, where it left checkpoints and models)."""
    directory = tmp_path_factory.mktemp("uninterrupted")
    model = compiled(row, seed=0)
    checkpoint = callbacks.Checkpoint(directory, every_steps=1, keep=100)
    active = [checkpoint, SaveModel(directory)]
    for epoch in (1, 2):
        start_step = (epoch - 1) * tools.STEPS_PER_EPOCH
        fit(model, start_step, epoch, tools.STEPS_PER_EPOCH, active)
    return tools.state(model), directory


def test_resumed_equals_uninterrupted(row, uninterrupted, tmp_path):
    expected, directory = uninterrupted
    name = f"step-{INTERRUPTED_AT:09d}"
    shutil.copytree(directory / name, tmp_path / name)
    model = compiled(row, seed=1)
    step = callbacks.Checkpoint(tmp_path).restore(model)
    assert step == INTERRUPTED_AT
    assert all(np.isfinite(each).all() for each in expected)
    fit(model, step, 2, 2 * tools.STEPS_PER_EPOCH - step)
    tools.assert_same_state(tools.state(model), expected)


def test_a_loaded_model_goes_on_training(uninterrupted):
    expected, directory = uninterrupted
    model = keras_gen.load(directory / "epoch-1.keras")
    pairs = zip(tools.state(model), expected, strict=True)
    assert not all(np.array_equal(*pair) for pair in pairs)
    fit(model, tools.STEPS_PER_EPOCH, 2, tools.STEPS_PER_EPOCH)
    tools.assert_same_state(tools.state(model), expected)
