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
            f"`--conditional` needs labels, and {examples.name} from "
            f"{examples.source} has none. Leave it out, or choose data with "
            "labels."
        )
    return {"num_classes": int(examples.labels.max()) + 1}
