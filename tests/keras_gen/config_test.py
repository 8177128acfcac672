"""Configs refuse what is wrong, and survive JSON and the docs."""

import dataclasses

import hypothesis
import pytest
from hypothesis import strategies

from keras_gen import config


@dataclasses.dataclass(frozen=True)
class Example(config.Config):
    """One field of each type."""

    size: int = config.field(4, "A size.", low=1, high=10)
    rate: float = config.field(0.5, "A rate.", low=0.0)
    deep: bool = config.field(False, "Whether.")
    kind: str = config.field("a", "A kind.", choices=("a", "b"))
    text: str = config.field("", "Any text.")
    widths: tuple[int, ...] = config.field((1, 2), "Widths.", low=1)
    pair: tuple[int, ...] = config.field((1, 2), "Two sizes.", length=2)
    share: float = config.field(0.0, "A share.", below=1.0)

    def check(self):
        if self.deep and self.size < 2:
            raise ValueError("`deep` needs a `size` of 2 or more.")


@dataclasses.dataclass(frozen=True)
class Other(config.Config):
    """Another type."""


def test_values_of_the_right_type_are_taken():
    made = Example(
        size=10, rate=2, deep=True, kind="b", text="x", widths=[3, 4]
    )
    assert made.rate == 2.0 and type(made.rate) is float
    assert made.widths == (3, 4)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"size": 1.0}, "`size` must be of type int. Received: 1.0 of type"),
        ({"size": True}, "`size` must be of type int. Received: True of type"),
        (
            {"size": "1"},
            "`size` must be of type int. Received: '1' of type",
        ),
        ({"rate": True}, "`rate` must be of type float. Received: True"),
        ({"rate": "0.1"}, "`rate` must be of type float. Received: '0.1'"),
        ({"deep": 1}, "`deep` must be of type bool. Received: 1 of type int"),
        ({"text": None}, "`text` must be of type str. Received: None"),
        ({"widths": 3}, "`widths` must be of type tuple of int. Received: 3"),
        ({"widths": (1, 2.0)}, "`widths` must be of type int. Received: 2.0"),
        ({"size": 0}, "`size` must be at least 1. Received: 0"),
        ({"size": 11}, "`size` must be at most 10. Received: 11"),
        ({"pair": (1,)}, "`pair` must have 2 numbers: Two sizes. Received"),
        ({"share": 1.0}, "`share` must be below 1.0. Received: 1.0"),
        ({"rate": -0.1}, "`rate` must be at least 0.0. Received: -0.1"),
        ({"rate": float("nan")}, "`rate` must be at least 0.0. Received: nan"),
        (
            {"widths": (1, 0)},
            r"must be at least 1. Received: \(1, 0\)",
        ),
        ({"kind": "c"}, "`kind` must be one of a, b. Received: 'c'"),
        ({"deep": True, "size": 1}, "`deep` needs a `size` of 2 or more"),
    ],
)
def test_other_values_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        Example(**fields)


def test_limits_are_inclusive():
    assert Example(size=1, rate=0.0).size == 1


def test_unknown_names_list_the_known_ones():
    with pytest.raises(
        ValueError,
        match=r"Example has no field latent, sise\. Its fields are: size, rate",
    ):
        Example.from_dict({"sise": 1, "latent": 2, "rate": 1.0})


def test_a_config_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Example().size = 3


@hypothesis.settings(database=None, derandomize=True, deadline=None)
@hypothesis.given(
    strategies.builds(
        Example,
        size=strategies.integers(2, 10),
        rate=strategies.floats(0, allow_infinity=False),
        deep=strategies.booleans(),
        kind=strategies.sampled_from(["a", "b"]),
        text=strategies.text(),
        widths=strategies.lists(strategies.integers(1)),
    )
)
def test_json_round_trip(made):
    assert Example.from_json(made.to_json()) == made


def test_json_of_an_unknown_field_is_refused():
    with pytest.raises(ValueError, match="has no field colour"):
        Example.from_json('{"colour": 1}')


def test_tiny_is_the_default_unless_overridden():
    assert Example.tiny() == Example()


def test_differences_name_what_differs():
    old, new = Example(), Example(rate=1.0, widths=(3,))
    assert config.differences(old, old) == []
    assert config.differences(old, new) == [
        "rate: 0.5 -> 1.0",
        "widths: (1, 2) -> (3,)",
    ]
    assert config.differences(old, Other()) == ["type: Example -> Other"]


def test_markdown_table_has_a_row_for_each_field():
    lines = config.markdown_table(Example).splitlines()
    assert lines[:3] == [
        "| field | default | meaning |",
        "| --- | --- | --- |",
        "| `size` | `4` | A size. |",
    ]
    assert "| `kind` | `'a'` | A kind. One of: a, b. |" in lines
    assert "| `widths` | `(1, 2)` | Widths. |" in lines
    assert len(lines) == 2 + len(dataclasses.fields(Example))
