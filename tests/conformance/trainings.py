"""One training for each model of the table, which all tests share."""

import dataclasses
import functools

import keras
import numpy as np

import keras_gen
from keras_gen import base
from tests.conformance import table, tools

NUM_STEPS = 20


@dataclasses.dataclass(frozen=True)
class Trained:
    """A model after twenty steps on one batch.

    Attributes:
        row: of the table.
        model: compiled.
        arrays: the batch.
        weights_before: of each trainable variable.
        loss_before: with fixed noise.
        loss_after: with the same noise.
    """

    row: table.Row
    model: base.GenerativeModel
    arrays: dict[str, np.ndarray]
    weights_before: list[np.ndarray]
    loss_before: float
    loss_after: float


@functools.lru_cache(maxsize=1)
def train(row: table.Row) -> Trained:
    """Trains a row's model, once while its tests run."""
    keras.utils.set_random_seed(0)
    model = row.build()
    model.compile(keras_gen.Adam(row.learning_rate))
    arrays = tools.arrays(model, tools.BATCH_SIZE)
    before = tools.numpy_list(model.trainable_variables)
    loss_before = _loss(model, arrays, row.falling)
    model.fit(
        tools.batches(model).take(1).repeat(),
        steps_per_epoch=NUM_STEPS,
        shuffle=False,
        verbose=0,
    )
    loss_after = _loss(model, arrays, row.falling)
    return Trained(row, model, arrays, before, loss_before, loss_after)


def _loss(model: base.GenerativeModel, arrays: dict, name: str) -> float:
    """Mean of the loss with the noise of seeds 0, 1, ..."""
    seed = np.arange(tools.BATCH_SIZE, dtype=np.int32)
    batch = model.to_batch(arrays)
    return float(np.mean(model.test_step(batch, seed)[name]))
