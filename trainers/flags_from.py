"""Config dataclasses to absl flags and back.

    flags_from.define(vae_config.VAEConfig)
    flags.adopt_module_key_flags(flags_from)  # So that --help lists them.
    ...
    config = flags_from.build(vae_config.VAEConfig)

Each field becomes a flag of the same name, with the field's default and
meaning; what the Config refuses becomes one line on the command line. In texts
\\n is a line break, \\t a tab, \\s a space and \\\\ a backslash.
"""

import dataclasses
import re
import typing
from collections.abc import Mapping
from typing import Any

from absl import app, flags

from keras_gen import config


def define(
    *config_classes: type[config.Config],
    values: flags.FlagValues = flags.FLAGS,
) -> None:
    """Defines a flag for each field; a name that two Configs share, once."""
    for config_class in config_classes:
        hints = typing.get_type_hints(config_class)
        for each in dataclasses.fields(config_class):
            if each.name not in values:
                _define_one(each, hints[each.name], values)


def build(
    config_class: type[config.Config],
    values: flags.FlagValues = flags.FLAGS,
    **derived: Any,
) -> Any:
    """The Config that the flags spell.

    Args:
        config_class: its fields were defined before.
        values: where.
        **derived: fields whose default comes from elsewhere, such as the shape
            of the data; a flag on the command line has precedence.

    Returns:
        An instance of `config_class`.

    Raises:
        app.UsageError: the Config refuses a value; the text says why.
    """
    fields = {}
    for each in dataclasses.fields(config_class):
        flag = values[each.name]
        value = flag.value
        if each.name in derived and not flag.present:
            value = derived[each.name]
        if isinstance(value, list):
            value = tuple(value)
        if isinstance(value, str) and flag.present:
            value = _unescaped(value)
        fields[each.name] = value
    try:
        return config_class(**fields)
    except ValueError as error:
        raise app.UsageError(str(error)) from error


def build_chosen(
    chosen: str,
    config_classes: Mapping[str, type[config.Config]],
    values: flags.FlagValues = flags.FLAGS,
    **derived: Any,
) -> Any:
    """The Config of one kind, where flags of several kinds are defined.

    Args:
        chosen: the kind.
        config_classes: {kind: Config}; what they share may have other defaults.
        values: as in `build`.
        **derived: as in `build`.

    Raises:
        app.UsageError: as `build`, or a flag belongs to another kind alone.
    """
    own = config_classes[chosen]
    defaults = {each.name: each.default for each in dataclasses.fields(own)}
    for other in config_classes.values():
        for each in dataclasses.fields(other):
            if each.name not in defaults and values[each.name].present:
                raise app.UsageError(
                    f"`{each.name}` belongs to another kind of model than "
                    f"{chosen}. Received a value for it. Leave it out."
                )
    return build(own, values, **defaults | derived)


def flagfile(*configs: config.Config) -> str:
    """The fields as the text of a `--flagfile`."""
    lines = {}
    for each in configs:
        for name, value in dataclasses.asdict(each).items():
            text = ",".join(map(str, value)) if _is_tuple(value) else value
            text = _escaped(text) if isinstance(text, str) else text
            lines[name] = f"--{name}={text}"
    return "\n".join(lines.values()) + "\n"


def _define_one(
    each: dataclasses.Field, hint: Any, values: flags.FlagValues
) -> None:
    doc, choices = each.metadata["doc"], each.metadata["choices"]
    options = {"flag_values": values}
    if choices:
        flags.DEFINE_enum(each.name, each.default, choices, doc, **options)
    elif typing.get_origin(hint) is tuple:
        parser = _IntegersParser()
        serializer = flags.CsvListSerializer(",")
        default = list(each.default)
        flags.DEFINE(
            parser, each.name, default, doc, serializer=serializer, **options
        )
    else:
        define_flag = {
            bool: flags.DEFINE_boolean,
            int: flags.DEFINE_integer,
            float: flags.DEFINE_float,
            str: flags.DEFINE_string,
        }[hint]
        define_flag(each.name, each.default, doc, **options)


# What a line of a file cannot hold, and what nobody can type on one.
_ESCAPES = {"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"}


def _escaped(text: str) -> str:
    """On one line that does not end in a space."""
    text = "".join(_ESCAPES.get(each, each) for each in text)
    return f"{text[:-1]}\\s" if text.endswith(" ") else text


def _unescaped(text: str) -> str:
    inverse = {new: old for old, new in _ESCAPES.items()} | {r"\s": " "}
    return re.sub(r"\\[\\nrts]", lambda found: inverse[found[0]], text)


class _IntegersParser(flags.ArgumentParser):
    """Integers parted by commas."""

    def parse(self, argument: Any) -> list[int]:
        if isinstance(argument, list):
            return argument
        try:
            return [int(each) for each in argument.split(",") if argument]
        except ValueError:
            raise ValueError(
                f"must be integers parted by commas. Received: {argument!r}"
            ) from None

    def flag_type(self) -> str:
        return "comma separated integers"


def _is_tuple(value: Any) -> bool:
    return isinstance(value, (tuple, list))
