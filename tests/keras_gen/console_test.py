"""What a user can mend is one line; a defect keeps its traceback."""

import pytest
from absl import logging

from keras_gen import console


@pytest.fixture(autouse=True)
def _verbosity():
    before = logging.get_verbosity()
    yield
    logging.set_verbosity(before)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("`size` must\n  be 1."),
        OSError("`size` must be 1."),
        ImportError("`size` must be 1."),
    ],
)
def test_what_can_be_mended_is_one_line(error, capsys):
    with pytest.raises(SystemExit) as left, console.explained():
        raise error
    assert left.value.code == 1
    assert capsys.readouterr().err == "error: `size` must be 1.\n"


@pytest.mark.parametrize(
    "error", [ImportError("No module", name="module"), TypeError("size")]
)
def test_a_defect_is_raised(error):
    with pytest.raises(type(error)) as raised, console.explained():
        raise error
    assert raised.value is error
