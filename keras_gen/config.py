"""Configs: one frozen dataclass holds every hyper-parameter of a model.

A Config is the only place where a hyper-parameter is declared. The keyword
arguments of the model, the flags of its trainer, the JSON inside `model.keras`
and the table in the docs are all read from its fields.

    @dataclasses.dataclass(frozen=True)
    class AutoencoderConfig(config.Config):
        latent_size: int = config.field(16, "Z, numbers in a latent vector.")

Field types are `int`, `float`, `bool`, `str` and `tuple[int, ...]`: what a flag
and JSON can both carry.
"""

import dataclasses
import json
import typing
from typing import Any, Self


def field(
    default: Any,
    doc: str,
    *,
    choices: tuple[str, ...] | None = None,
    low: float | None = None,
    high: float | None = None,
    below: float | None = None,
    length: int | None = None,
) -> Any:
    """Declares a hyper-parameter.

    Args:
        default: value when the user says nothing.
        doc: one sentence with the meaning and the unit.
        choices: the accepted strings, for a `str` field.
        low: smallest accepted number (of each element, for a tuple).
        high: largest accepted number.
        below: numbers must be smaller than this.
        length: of a tuple; None for any.

    Returns:
        A dataclass field.
    """
    metadata = {
        "doc": doc,
        "choices": choices,
        "low": low,
        "high": high,
        "below": below,
        "length": length,
    }
    return dataclasses.field(default=default, metadata=metadata)


@dataclasses.dataclass(frozen=True)
class Config:
    """Base of all Configs: checked when built, read from and written to JSON.

    Raises:
        ValueError: a field has a wrong type, is out of range or is not one of
            its choices; the message names the field and what it accepts.
    """

    def __post_init__(self) -> None:
        hints = typing.get_type_hints(type(self))
        for each in dataclasses.fields(self):
            value = getattr(self, each.name)
            value = _coerce(each.name, value, hints[each.name])
            object.__setattr__(self, each.name, value)
            _check_limits(each, value)
        self.check()

    def check(self) -> None:
        """Raises ValueError where fields do not fit together; override."""

    @classmethod
    def tiny(cls) -> Self:
        """The smallest useful model: what the test suites build."""
        return cls()

    def to_json(self) -> str:
        """The fields as indented JSON text."""
        return json.dumps(dataclasses.asdict(self), indent=2)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Builds a Config from a dict, refusing names it does not know."""
        known = [each.name for each in dataclasses.fields(cls)]
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise ValueError(
                f"{cls.__name__} has no field {', '.join(unknown)}. "
                f"Its fields are: {', '.join(known)}."
            )
        return cls(**values)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Inverse of `to_json`."""
        return cls.from_dict(json.loads(text))


def differences(old: Config, new: Config) -> list[str]:
    """Lines `name: old -> new`, one for each field that differs."""
    if type(old) is not type(new):
        return [f"type: {type(old).__name__} -> {type(new).__name__}"]
    lines = []
    for each in dataclasses.fields(old):
        before, after = getattr(old, each.name), getattr(new, each.name)
        if before != after:
            lines.append(f"{each.name}: {before!r} -> {after!r}")
    return lines


def markdown_table(config_class: type[Config]) -> str:
    """The fields, defaults and meanings as a Markdown table, for the docs."""
    rows = ["| field | default | meaning |", "| --- | --- | --- |"]
    for each in dataclasses.fields(config_class):
        choices = each.metadata.get("choices")
        doc = each.metadata["doc"]
        if choices:
            doc += f" One of: {', '.join(choices)}."
        rows.append(f"| `{each.name}` | `{each.default!r}` | {doc} |")
    return "\n".join(rows)


def _coerce(name: str, value: Any, hint: Any) -> Any:
    """Accepts an int for a float and a list for a tuple, and nothing else."""
    if typing.get_origin(hint) is tuple:
        if isinstance(value, (list, tuple)):
            return tuple(_coerce(name, each, int) for each in value)
    elif hint is float:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
    elif type(value) is hint:
        return value
    expected = getattr(hint, "__name__", hint)
    if typing.get_origin(hint) is tuple:
        expected = "tuple of int"
    raise ValueError(
        f"`{name}` must be of type {expected}. "
        f"Received: {value!r} of type {type(value).__name__}."
    )


def _check_limits(each: dataclasses.Field, value: Any) -> None:
    choices = each.metadata.get("choices")
    if choices and value not in choices:
        raise ValueError(
            f"`{each.name}` must be one of {', '.join(choices)}. "
            f"Received: {value!r}."
        )
    limits = each.metadata
    low, high = limits.get("low"), limits.get("high")
    below, length = limits.get("below"), limits.get("length")
    if length is not None and len(value) != length:
        raise ValueError(
            f"`{each.name}` must have {length} numbers: {limits['doc']} "
            f"Received: {value!r}."
        )
    for number in value if isinstance(value, tuple) else (value,):
        if low is not None and not number >= low:
            raise ValueError(
                f"`{each.name}` must be at least {low}. Received: {value!r}."
            )
        if high is not None and not number <= high:
            raise ValueError(
                f"`{each.name}` must be at most {high}. Received: {value!r}."
            )
        if below is not None and not number < below:
            raise ValueError(
                f"`{each.name}` must be below {below}. Received: {value!r}."
            )
