"""A run and a model have no hyper-parameter of one name: it were one flag."""

import dataclasses

import pytest

from keras_gen import strategies
from tests.conformance import models
from trainers import (
    image_run,
    music_run,
    pairs_run,
    scene_run,
    style_run,
    text_run,
)

RUNS = (
    image_run.ImageRunConfig,
    music_run.MusicRunConfig,
    pairs_run.PairsRunConfig,
    scene_run.SceneRunConfig,
    style_run.AdaINRunConfig,
    style_run.FastStyleRunConfig,
    text_run.TextRunConfig,
)


def names(config):
    return {each.name for each in dataclasses.fields(config)}


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.__name__)
def test_runs_and_models_share_no_name(run):
    shared = {
        row.name: names(run) & names(row.config)
        for row in models.ROWS
        if names(run) & names(row.config)
    }
    assert not shared


def test_a_run_has_the_strategies_that_there_are():
    (strategy,) = (
        each
        for each in dataclasses.fields(image_run.ImageRunConfig)
        if each.name == "strategy"
    )
    assert strategy.metadata["choices"] == strategies.STRATEGIES
