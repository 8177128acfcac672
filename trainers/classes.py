"""The labels of the data as classes of the model: always, or by a flag."""

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
    return required(examples, "`--conditional`")


def required(examples: Any, who: str) -> dict[str, int]:
    """{"num_classes": V}.

    Args:
        examples: of the training split.
        who: needs labels, as an error says.

    Raises:
        ValueError: the data have no labels.
    """
    if examples.labels is None:
        raise ValueError(
            f"{who} needs labels, and {examples.name} from {examples.source} "
            "has none. Leave it out, or choose data with labels."
        )
    return {"num_classes": int(examples.labels.max()) + 1}
