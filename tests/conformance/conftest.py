"""Fixtures of the conformance suite: one training, one export for each model.

They are made once and shared, so no test may change what it is given.
"""

import functools
import pathlib

import pytest

from export import saved_model
from tests.conformance import models, table, trainings


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test of a `row` runs for all of them, or for its file's `ROWS`."""
    if "row" in metafunc.fixturenames:
        rows = getattr(metafunc.module, "ROWS", models.ROWS)
        names = [each.name for each in rows]
        metafunc.parametrize("row", rows, ids=names, scope="session")


@pytest.fixture(scope="session")
def trained(row) -> trainings.Trained:
    """The row's model after twenty steps."""
    return trainings.train(row)


@pytest.fixture(scope="session")
def saved_model_of(tmp_path_factory):
    """Row -> the SavedModel of its trained model, exported once."""
    directory = tmp_path_factory.mktemp("saved_models")

    @functools.cache
    def export(row: table.Row) -> pathlib.Path:
        model = trainings.train(row).model
        return saved_model.write(model, directory / row.name, validation=False)

    return export
