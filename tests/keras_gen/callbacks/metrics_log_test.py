"""metrics.jsonl has one row for each epoch, however often a run is resumed."""

import json

import pytest

from keras_gen import callbacks
from tests.keras_gen import toy_model
from tests.keras_gen.toy_model import POINTS, TARGETS


def fit(log, first_epoch, last_epoch, step=0):
    """Three steps an epoch."""
    model = toy_model.compiled(run_eagerly=True)
    model.step.assign(step)
    history = model.fit(
        POINTS,
        TARGETS,
        batch_size=4,
        initial_epoch=first_epoch - 1,
        epochs=last_epoch,
        callbacks=[log],
        verbose=0,
    )
    return history.history["loss"]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run" / "metrics.jsonl"


def test_a_row_for_each_epoch(path):
    log = callbacks.MetricsLog(path)
    losses = fit(log, 1, 2)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert rows == log.rows()
    assert [row["epoch"] for row in rows] == [1, 2]
    assert [row["step"] for row in rows] == [3, 6]
    assert [row["loss"] for row in rows] == losses
    assert set(rows[0]) == {"epoch", "step", "seconds", "loss", "distance"}
    assert 0 <= rows[0]["seconds"] <= rows[1]["seconds"] <= log.seconds


def test_rows_after_the_resumed_step_are_replaced(path):
    fit(callbacks.MetricsLog(path), 1, 3)
    before = path.read_text().splitlines()
    fit(callbacks.MetricsLog(path), 2, 2, step=3)
    rows = callbacks.MetricsLog(path).rows()
    assert [(row["epoch"], row["step"]) for row in rows] == [(1, 3), (2, 6)]
    assert path.read_text().splitlines()[0] == before[0]


def test_a_line_that_was_cut_is_dropped(path):
    fit(callbacks.MetricsLog(path), 1, 2)
    text = path.read_text()
    path.write_text(text[:-10])
    log = callbacks.MetricsLog(path)
    assert [row["epoch"] for row in log.rows()] == [1]
    fit(log, 2, 2, step=3)
    assert [row["epoch"] for row in log.rows()] == [1, 2]


def test_a_new_run_begins_with_an_empty_file(path):
    fit(callbacks.MetricsLog(path), 1, 2)
    fit(callbacks.MetricsLog(path), 1, 1)
    assert [row["epoch"] for row in callbacks.MetricsLog(path).rows()] == [1]


def test_seconds_add_up_over_sessions(path):
    log = callbacks.MetricsLog(path)
    assert log.seconds == 0 and log.rows() == []
    log.set_state({"seconds": 100.0})
    fit(log, 1, 1)
    assert 100 < log.rows()[0]["seconds"] < 160
    assert log.get_state()["seconds"] > 100


def test_losses_that_are_no_numbers_are_kept(path):
    log = callbacks.MetricsLog(path)
    log.set_model(toy_model.compiled())
    log.on_train_begin()
    log.on_epoch_end(0, {"loss": float("nan")})
    (row,) = log.rows()
    assert row["loss"] != row["loss"]
