"""What the trainers of GANs share: a second optimizer, and a watch."""

import dataclasses
from collections.abc import Callable
from typing import Any

from absl import flags

from keras_gen import config
from trainers import flags_from, image_run


@dataclasses.dataclass(frozen=True)
class AdversarialRunConfig(image_run.ImageRunConfig):
    """A run with an optimizer for each player."""

    discriminator_optimizer: str = config.field(
        "adam",
        "Of the discriminator; sgd has no momentum.",
        choices=("adam", "sgd"),
    )
    discriminator_learning_rate: float = config.field(
        0.0, "Of the discriminator; 0 for that of the generator.", low=0.0
    )

    @property
    def fixed(self) -> tuple[str, ...]:
        return (
            *super().fixed,
            "discriminator_optimizer",
            "discriminator_learning_rate",
        )


def define_flags(model_config: type[config.Config]) -> None:
    """The flags of a trainer whose model has that Config."""
    flags_from.define(AdversarialRunConfig, model_config)
    flags.adopt_module_key_flags(flags_from)
    # Radford et al. 2015, arXiv 1511.06434, section 4.
    flags.FLAGS.set_default("learning_rate", 2e-4)
    flags.FLAGS.set_default("beta_1", 0.5)


def train(
    make_model: Callable[[], Any], run: AdversarialRunConfig, splits: Any
) -> None:
    """`image_loop.train` with both optimizers and a watch for failures."""
    import keras_gen
    from trainers import image_loop

    watch = keras_gen.callbacks.FailureMonitor(
        real=splits.train.images[:64] / 127.5 - 1
    )
    image_loop.train(make_model, run, splits, [watch], discriminator_optimizer)


def discriminator_optimizer(
    run: AdversarialRunConfig, total_steps: int
) -> dict[str, Any]:
    """The second optimizer, by the name that `compile` has for it."""
    from trainers import loop

    return {
        "discriminator_optimizer": loop.optimizer(
            run,
            total_steps,
            run.discriminator_optimizer,
            run.discriminator_learning_rate or run.learning_rate,
        )
    }
