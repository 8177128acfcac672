"""The progress bar counts the steps of the whole run."""

import re

from keras_gen import callbacks
from tests.keras_gen import toy_model
from tests.keras_gen.toy_model import POINTS, TARGETS


def fit(bar, step=0, epochs=1, **options):
    """Three steps an epoch."""
    model = toy_model.compiled(run_eagerly=True, **options)
    model.step.assign(step)
    model.fit(
        POINTS, TARGETS, batch_size=4, epochs=epochs, callbacks=[bar], verbose=0
    )


def test_it_ends_with_all_steps_loss_and_speed(capsys):
    bar = callbacks.Progress(total_steps=6, batch_size=4)
    fit(bar, epochs=2)
    bar.close()
    last = capsys.readouterr().err.split("\r")[-1]
    assert "100%" in last and "6/6" in last
    assert re.search(r"loss \d+\.\d\d, [\d,]+ images/s", last)


def test_a_resumed_run_starts_in_the_middle(capsys):
    bar = callbacks.Progress(total_steps=6, batch_size=4)
    fit(bar, step=3)
    bar.close()
    shown = capsys.readouterr().err
    assert "3/6" in shown.split("\r")[1]
    assert "6/6" in shown.split("\r")[-1]


def test_a_second_fit_goes_on_with_the_same_bar(capsys):
    bar = callbacks.Progress(total_steps=6, batch_size=4)
    fit(bar)
    fit(bar, step=3)
    bar.close()
    assert capsys.readouterr().err.count("0/6") == 1


def test_closing_a_bar_that_never_started_is_allowed():
    callbacks.Progress(total_steps=6, batch_size=4).close()
