"""Names are known without TensorFlow, and errors list them."""

import subprocess
import sys

import pytest

from keras_gen import data
from keras_gen.data import catalog


def test_names():
    assert data.names() == [
        "digits",
        "mnist",
        "fashion_mnist",
        "cifar10",
        "folder",
        "tfds:<name>",
    ]


def test_every_name_has_a_line():
    lines = catalog.describe().splitlines()
    assert [line.split(": ")[0] for line in lines] == data.names()


def test_any_name_of_tensorflow_datasets_is_known():
    assert catalog.find("tfds:oxford_flowers102").tfds_name == (
        "oxford_flowers102"
    )


@pytest.mark.parametrize("name", ["minst", "tfds:", ""])
def test_an_unknown_name_lists_the_known_ones(name):
    with pytest.raises(ValueError, match="digits, mnist, .*, tfds:<name>"):
        catalog.find(name)


@pytest.mark.parametrize(
    "statement",
    [
        "import keras_gen.data.catalog",
        "from keras_gen import data; data.load('digits', 'test')",
    ],
)
def test_needs_no_tensorflow(statement):
    check = "import sys; print('tensorflow' in sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", f"{statement}; {check}"],
        capture_output=True,
        text=True,
    )
    assert ended.stdout.strip() == "False", ended.stderr


def test_public_names_exist():
    for name in data.__all__:
        assert getattr(data, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'no_such_name'"):
        data.no_such_name  # noqa: B018
