"""What the tests of this folder share: data of a Spec, state, comparison."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gen import base

BATCH_SIZE = 4
STEPS_PER_EPOCH = 3


def arrays(model: base.GenerativeModel, num_rows: int) -> dict[str, np.ndarray]:
    """Rows that `model` can be trained on, {name: [num_rows, ...]}."""
    return {
        name: each.example(num_rows, seed=index)
        for index, (name, each) in enumerate(model.batch_spec.items())
    }


def batches(model: base.GenerativeModel, start_step: int = 0):
    """Endless batches, each a function of the step."""
    rows = arrays(model, BATCH_SIZE * STEPS_PER_EPOCH)
    dataset = tf.data.Dataset.from_tensor_slices(rows)
    dataset = dataset.batch(BATCH_SIZE, drop_remainder=True)
    return dataset.repeat().skip(start_step)


def state(model: base.GenerativeModel) -> list[np.ndarray]:
    """Weights, step and optimizers: all that an update reads or writes."""
    skipped = [v.path for m in model.metrics for v in m.variables]
    variables = [v for v in model.variables if v.path not in skipped]
    for optimizer in model.optimizers:
        variables += optimizer.variables
    return numpy_list(variables)


def numpy_list(variables: list[keras.Variable]) -> list[np.ndarray]:
    """Copies of the values."""
    return [np.array(v.value.numpy()) for v in variables]


def assert_same_state(first: list, second: list) -> None:
    """Equal to the last bit."""
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


def example_inputs(
    model: base.GenerativeModel, num_rows: int
) -> dict[str, dict[str, np.ndarray]]:
    """{endpoint: {input: [num_rows, ...]}}."""
    return {
        name: each.example_inputs(num_rows)
        for name, each in model.endpoints().items()
    }


def answers(model: base.GenerativeModel, inputs: dict) -> dict[str, dict]:
    """{endpoint: {output: array}} of `model`, line by line."""
    endpoints = model.endpoints()
    return {
        name: numpy(endpoints[name].fn(**tensors(each)))
        for name, each in inputs.items()
    }


def tensors(arrays: dict[str, np.ndarray]) -> dict[str, tf.Tensor]:
    """Arrays by name as tensors by name."""
    return {name: tf.constant(value) for name, value in arrays.items()}


def numpy(tensors: dict[str, Any]) -> dict[str, np.ndarray]:
    """Tensors by name as arrays by name."""
    return {name: np.asarray(value) for name, value in tensors.items()}


def assert_close(found: Any, expected: Any, tolerance: float) -> None:
    """Compares trees of dicts: floats to `tolerance`, the rest exactly."""
    if isinstance(expected, dict):
        assert set(found) == set(expected)
        for name in expected:
            assert_close(found[name], expected[name], tolerance)
        return
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape
    if expected.dtype.kind == "f":
        np.testing.assert_allclose(
            found, expected, rtol=tolerance, atol=tolerance
        )
    else:
        np.testing.assert_array_equal(found, expected)
