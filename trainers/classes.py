"""The flag --conditional: the labels of the data as classes of the model."""

from typing import Any

from absl import flags


def define_flag() -> None:
    """Defines --conditional."""
    flags.DEFINE_boolean(
        "conditional", False, "Takes the labels of the data as classes."
    )


def derived(examples: Any) -> dict[str, int]:
    """{"num_classes": V} if classes are wanted, {} if not.

    Raises:
        ValueError: the data have no labels.
    """
    if not flags.FLAGS.conditional:
        return {}
    if examples.labels is None:
        raise ValueError(
            f"`--conditional` needs labels, and {_name(examples)} has none. "
            "Leave it out, or choose data with labels."
        )
    return {"num_classes": _count(examples)}


def required(examples: Any) -> dict[str, int]:
    """{"num_classes": V} of data that cannot be learned without labels.

    Raises:
        ValueError: the data have no labels.
    """
    if examples.labels is None:
        raise ValueError(
            f"A classifier needs labels, and {_name(examples)} has none. "
            "Choose a `--dataset` with labels."
        )
    return {"num_classes": _count(examples)}


def _name(examples):
    return f"{examples.name} from {examples.source}"


def _count(examples):
    return int(examples.labels.max()) + 1
