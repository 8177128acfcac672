"""ExactModel: `fit` and `evaluate` as Keras users know them, but exact."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.keras_gen import toy_model
from tests.keras_gen.toy_model import POINTS, TARGETS


def fitted(optimizer="sgd", *, fit=None, config=None, **options):
    """(history, slope) after two epochs of three steps."""
    model = toy_model.compiled(optimizer, config=config, **options)
    given = {"batch_size": 4, "epochs": 2, "shuffle": False, "verbose": 0}
    history = model.fit(POINTS, TARGETS, **given | (fit or {})).history
    assert int(model.step.value) == len(history["loss"]) * 3
    return history, float(model.slope.value)


def by_hand(learning_rate, epochs=2):
    """The same by the formula of the gradient."""
    slope, losses = 0.0, []
    for _ in range(epochs):
        epoch = []
        for x, y in zip(np.split(POINTS, 3), np.split(TARGETS, 3), strict=True):
            epoch.append(np.mean((slope * x - y) ** 2))
            slope -= learning_rate * np.mean(2 * (slope * x - y) * x)
        losses.append(np.mean(epoch))
    return losses, slope


def test_gradient_descent_equals_the_formula():
    expected_losses, expected_slope = by_hand(0.1)
    history, slope = fitted(keras.optimizers.SGD(0.1))
    assert slope == pytest.approx(expected_slope, rel=1e-6)
    assert history["loss"] == pytest.approx(expected_losses, rel=1e-6)
    assert set(history) == {"loss", "distance"}


@pytest.mark.parametrize(
    "options",
    [
        {"run_eagerly": True},
        {"jit_compile": True},
        {"steps_per_execution": 2},  # Three steps are two calls.
        {"steps_per_execution": 10},
    ],
)
def test_how_steps_are_executed_changes_nothing(options):
    expected_losses, expected_slope = by_hand(0.1)
    history, slope = fitted(keras.optimizers.SGD(0.1), **options)
    assert slope == pytest.approx(expected_slope, rel=1e-6)
    assert history["loss"] == pytest.approx(expected_losses, rel=1e-6)


def test_noise_is_the_same_in_every_run_and_another_in_every_step():
    noisy = toy_model.LineConfig(noise=1.0)
    still = keras.optimizers.SGD
    first, _ = fitted(still(0.0), config=noisy)
    second, _ = fitted(still(0.0), config=noisy, steps_per_execution=3)
    assert first["loss"] == pytest.approx(second["loss"], rel=1e-6)
    assert first["loss"][0] != pytest.approx(first["loss"][1], rel=1e-3)


def test_endless_data_end_an_epoch_after_steps_per_epoch():
    dataset = tf.data.Dataset.from_tensor_slices((POINTS, TARGETS))
    dataset = dataset.batch(4).repeat()
    for steps_per_execution in (1, 2):
        model = toy_model.compiled(steps_per_execution=steps_per_execution)
        model.fit(
            dataset, steps_per_epoch=3, epochs=2, shuffle=False, verbose=0
        )
        assert int(model.step.value) == 6


def test_evaluation_within_an_epoch_disturbs_nothing():
    expected = fitted(keras.optimizers.SGD(0.1))
    options = {"validation_data": (POINTS, TARGETS)}
    history, slope = fitted(keras.optimizers.SGD(0.1), fit=options)
    assert slope == expected[1]
    assert history["loss"] == expected[0]["loss"]
    assert set(history) - set(expected[0]) == {"val_loss", "val_distance"}


class EvaluateAfterEachCall(keras.callbacks.Callback):
    """As a user's own callback may do, in the middle of an epoch."""

    def on_train_batch_end(self, batch, logs=None):
        self.model.evaluate(POINTS, TARGETS, batch_size=4, verbose=0)


def test_evaluation_by_a_callback_does_not_lose_count_of_the_steps():
    dataset = tf.data.Dataset.from_tensor_slices((POINTS, TARGETS))
    model = toy_model.compiled(steps_per_execution=2)
    model.fit(
        dataset.batch(4).repeat(),
        steps_per_epoch=3,
        callbacks=[EvaluateAfterEachCall()],
        shuffle=False,
        verbose=0,
    )
    assert int(model.step.value) == 3


def test_noise_of_evaluation_is_its_own_and_always_the_same():
    noisy = toy_model.LineConfig(noise=1.0)
    model = toy_model.compiled(
        keras.optimizers.SGD(0.0), config=noisy, run_eagerly=True
    )
    given = {"batch_size": 12, "verbose": 0}
    first = model.evaluate(POINTS, TARGETS, **given)
    history = model.fit(POINTS, TARGETS, shuffle=False, **given).history
    assert model.evaluate(POINTS, TARGETS, **given) == first
    assert history["loss"][0] != pytest.approx(first[0], rel=1e-3)


def test_evaluate_is_the_mean_over_all_rows():
    """Also where the last batch is smaller: 12 rows are 5, 5, and 2."""
    model = toy_model.compiled()
    found = model.evaluate(
        POINTS, TARGETS, batch_size=5, verbose=0, return_dict=True
    )
    assert found["loss"] == pytest.approx(np.mean(TARGETS**2), rel=1e-6)
    assert found["distance"] == pytest.approx(np.abs(TARGETS).mean(), rel=1e-6)


def test_evaluate_stops_after_the_steps_asked_for():
    model = toy_model.compiled()
    dataset = tf.data.Dataset.from_tensor_slices((POINTS, TARGETS)).batch(4)
    found = model.evaluate(dataset, steps=1, verbose=0, return_dict=True)
    assert found["loss"] == pytest.approx(np.mean(TARGETS[:4] ** 2), rel=1e-6)
    assert int(model.step.value) == 0


def test_one_batch_at_a_time():
    model = toy_model.compiled(keras.optimizers.SGD(0.1))
    logs = model.train_on_batch(POINTS, TARGETS, return_dict=True)
    assert logs["loss"] == pytest.approx(np.mean(TARGETS**2), rel=1e-6)
    assert int(model.step.value) == 1
    expected = 0.2 * np.mean(TARGETS * POINTS)
    assert float(model.slope.value) == pytest.approx(expected, rel=1e-6)


def test_a_generator_of_batches():
    model = toy_model.compiled()
    endless = iter(lambda: (POINTS, TARGETS), None)
    batches = (each for each in endless)
    model.fit(batches, steps_per_epoch=3, shuffle=False, verbose=0)
    assert int(model.step.value) == 3


def test_losses_of_other_names_are_refused():
    class Misnamed(toy_model.Line):
        def losses(self, batch, seed, training):
            return {"loss": super().losses(batch, seed, training)["loss"]}

    model = Misnamed()
    model.compile("sgd", run_eagerly=True)
    with pytest.raises(
        ValueError, match="must return loss, distance. Returned: loss."
    ):
        model.fit(POINTS, TARGETS, verbose=0)


def test_optimizer_options_that_replicas_cannot_use_are_allowed_on_one():
    accumulating = keras.optimizers.SGD(0.1, gradient_accumulation_steps=3)
    _, slope = fitted(accumulating, fit={"epochs": 1})
    expected = 0.2 * np.mean(TARGETS * POINTS)
    assert slope == pytest.approx(expected, rel=1e-5)


def test_mixed_float16_scales_the_loss():
    model = toy_model.Line()
    scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1))
    model.compile(scaled)
    model.fit(POINTS, TARGETS, batch_size=12, verbose=0)
    expected = 0.2 * np.mean(TARGETS * POINTS)
    assert float(model.slope.value) == pytest.approx(expected, rel=1e-5)
