"""A run of latent diffusion: the autoencoder, and prompts to look at."""

import dataclasses
from typing import Any

from keras_gen import config
from trainers import image_run


@dataclasses.dataclass(frozen=True)
class LatentDiffusionRunConfig(image_run.ImageRunConfig):
    """A run on images with captions."""

    autoencoder: str = config.field(
        "",
        "model.keras of train_autoencoder; images are their own latent maps "
        "where it is empty.",
    )

    @property
    def fixed(self) -> tuple[str, ...]:
        return (*super().fixed, "autoencoder")


def autoencoder_of(run: LatentDiffusionRunConfig, image_shape: Any) -> Any:
    """The run's KLAutoencoder, or None.

    Args:
        run: of the flags.
        image_shape: (H, W, C) of the data.

    Raises:
        ValueError: it is of another kind, or for images of another shape.
    """
    if not run.autoencoder:
        return None
    import keras_gen

    found = keras_gen.load(run.autoencoder)
    if not isinstance(found, keras_gen.KLAutoencoder):
        raise ValueError(
            "`autoencoder` must be a KLAutoencoder, of train_autoencoder. "
            f"Received: {type(found).__name__} at {run.autoencoder}."
        )
    expected = found.config.image_shape
    if tuple(expected) != tuple(image_shape):
        raise ValueError(
            f"`autoencoder` at {run.autoencoder} is for images of shape "
            f"{tuple(expected)}. The data have {tuple(image_shape)}. Resize "
            "them by --image_size, or train another one."
        )
    return found


def prompts_of(splits: Any, num: int) -> list[str]:
    """First captions of different images, of the test split if there is one."""
    examples = splits.test or splits.train
    captions = [each[0] for each in examples.require_captions()]
    different = list(dict.fromkeys(captions))
    return different[:num]
