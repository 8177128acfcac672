"""Configs become flags, and flags the same Configs again."""

import dataclasses

import hypothesis
import pytest
from absl import app, flags
from hypothesis import strategies

from keras_gen import config
from trainers import flags_from


@dataclasses.dataclass(frozen=True)
class Example(config.Config):
    """One field of each type."""

    size: int = config.field(4, "A size.", low=1)
    rate: float = config.field(0.5, "A rate.", low=0.0)
    deep: bool = config.field(False, "Whether.")
    kind: str = config.field("a", "A kind.", choices=("a", "b"))
    text: str = config.field("", "Any text.")
    widths: tuple[int, ...] = config.field((1, 2), "Widths.", low=1)


@dataclasses.dataclass(frozen=True)
class Other(config.Config):
    """Shares a name with `Example`."""

    size: int = config.field(9, "Another size.")
    name: str = config.field("x", "A name.")


def parse(*arguments, classes=(Example,)):
    """Flags of `classes` after parsing a command line."""
    values = flags.FlagValues()
    flags_from.define(*classes, values=values)
    values(["program", *arguments])
    return values


def test_without_arguments_flags_have_the_defaults():
    assert flags_from.build(Example, parse()) == Example()


def test_each_type_is_read():
    values = parse(
        "--size=7",
        "--rate=1e-3",
        "--deep",
        "--kind=b",
        "--text=two words",
        "--widths=3,4,5",
    )
    assert flags_from.build(Example, values) == Example(
        size=7,
        rate=1e-3,
        deep=True,
        kind="b",
        text="two words",
        widths=(3, 4, 5),
    )


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("--nodeep", {"deep": False}),
        ("--deep=true", {"deep": True}),
        ("--rate=2", {"rate": 2.0}),
        ("--widths=3", {"widths": (3,)}),
        ("--widths=", {"widths": ()}),
        ("--size=0x10", {"size": 16}),
    ],
)
def test_other_spellings(argument, expected):
    found = flags_from.build(Example, parse(argument))
    assert found == Example(**expected)


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--size=x", "--size=x: .*"),
        ("--rate=fast", "--rate=fast: .*"),
        ("--deep=maybe", "--deep=maybe: .*"),
        ("--kind=c", "--kind=c: value should be one of <a|b>"),
        ("--widths=1,x", "must be integers parted by commas. Rec.*'1,x'"),
    ],
)
def test_what_is_not_of_the_type_is_refused_while_parsing(argument, message):
    with pytest.raises(flags.IllegalFlagValueError, match=message):
        parse(argument)


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--size=0", "`size` must be at least 1. Received: 0"),
        ("--rate=-1", "`rate` must be at least 0.0. Received: -1.0"),
        ("--widths=1,0", r"`widths` must be at least 1. Received: \(1, 0\)"),
    ],
)
def test_what_the_config_refuses_is_a_usage_error(argument, message):
    with pytest.raises(app.UsageError, match=message):
        flags_from.build(Example, parse(argument))


def test_unknown_flags_are_refused():
    with pytest.raises(flags.UnrecognizedFlagError, match="sise"):
        parse("--sise=3")


def test_the_meaning_of_a_field_is_the_help_of_its_flag():
    values = parse()
    found = {name: values[name].help for name in ("size", "widths")}
    assert found == {"size": "A size.", "widths": "Widths."}


def test_a_name_that_two_configs_share_is_one_flag():
    values = parse("--size=3", "--name=y", classes=(Example, Other))
    assert flags_from.build(Example, values).size == 3
    assert flags_from.build(Other, values) == Other(size=3, name="y")


def test_derived_values_are_defaults_that_the_command_line_overrides():
    found = flags_from.build(Example, parse(), widths=(8, 8), size=5)
    assert (found.widths, found.size) == ((8, 8), 5)
    found = flags_from.build(Example, parse("--widths=3"), widths=(8, 8))
    assert found.widths == (3,)


@hypothesis.settings(database=None, derandomize=True, deadline=None)
@hypothesis.given(
    strategies.builds(
        Example,
        size=strategies.integers(1),
        rate=strategies.floats(0, allow_infinity=False),
        deep=strategies.booleans(),
        kind=strategies.sampled_from(["a", "b"]),
        text=strategies.sampled_from(
            [
                "",
                "two words",
                "a=b,c",
                "-x",
                "#",
                "ä",
                "\n",
                " a\t\r\n b ",
                "\\n",
            ]
        ),
        widths=strategies.lists(strategies.integers(1)),
    )
)
def test_a_flagfile_gives_the_config_back(tmp_path_factory, made):
    path = tmp_path_factory.getbasetemp() / "flags.txt"
    path.write_text(flags_from.flagfile(made))
    assert flags_from.build(Example, parse(f"--flagfile={path}")) == made


def test_one_of_several_kinds():
    kinds = {"example": Example, "other": Other}
    values = parse("--text=x", classes=tuple(kinds.values()))
    made = flags_from.build_chosen("example", kinds, values, rate=2.0)
    assert made == Example(text="x", rate=2.0)
    with pytest.raises(app.UsageError, match="`text` belongs to another kind"):
        flags_from.build_chosen("other", kinds, values)
    values = parse(classes=tuple(kinds.values()))
    assert flags_from.build_chosen("other", kinds, values) == Other()


def test_a_line_break_can_be_typed():
    made = flags_from.build(Example, parse(r"--text=ROMEO:\nO\s", "--kind=a"))
    assert made.text == "ROMEO:\nO "


def test_a_flagfile_of_two_configs_names_each_flag_once():
    text = flags_from.flagfile(Example(), Other(name="z"))
    names = [line.split("=")[0] for line in text.splitlines()]
    assert len(names) == len(set(names)) == 7
    assert "--name=z" in text.splitlines()
