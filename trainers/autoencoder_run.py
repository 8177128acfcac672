"""A run of the autoencoder of latent diffusion: where LPIPS comes from."""

import dataclasses
from collections.abc import Callable
from typing import Any

from keras_gen import config
from trainers import adversarial_run


@dataclasses.dataclass(frozen=True)
class AutoencoderRunConfig(adversarial_run.AdversarialRunConfig):
    """A run with a perceptual network from a file."""

    perceptual_file: str = config.field(
        "", "npz file of LPIPS' AlexNet, for --perceptual_weight."
    )

    @property
    def fixed(self) -> tuple[str, ...]:
        return (*super().fixed, "perceptual_file")


def perceptual_of(
    run: AutoencoderRunConfig, weight: float
) -> Callable[[Any, Any], Any] | None:
    """The distance that a run asks for, None where it is not weighted.

    Args:
        run: of the flags.
        weight: `perceptual_weight` of the model.

    Raises:
        ValueError: one of file and weight is missing.
    """
    if bool(run.perceptual_file) != bool(weight):
        raise ValueError(
            "`perceptual_file` and `perceptual_weight` go together. Received: "
            f"{run.perceptual_file!r} and {weight}. Give both, or none."
        )
    if not weight:
        return None
    from keras_gen import losses, weights

    return losses.perceptual.lpips(*weights.lpips_alexnet(run.perceptual_file))
