"""Config of NeuralStyleTransfer."""

import dataclasses
from typing import Self

from keras_gen import config
from keras_gen.models.style_transfer import objective_config, sizes


@dataclasses.dataclass(frozen=True)
class NeuralStyleTransferConfig(objective_config.ObjectiveConfig):
    """Hyper-parameters of `NeuralStyleTransfer`."""

    image_shape: tuple[int, ...] = config.field(
        (256, 256, 3),
        "(H, W, 3) of the image that `fit` trains, and of what is served.",
        low=3,
        length=3,
    )
    most_steps: int = config.field(
        500, "Of L-BFGS that a request may ask for.", low=1
    )
    seed: int = config.field(0, "Of the image that `fit` begins with.")

    def check(self) -> None:
        super().check()
        sizes.check_image_shape(self.image_shape)

    @classmethod
    def tiny(cls) -> Self:
        objective = dataclasses.asdict(objective_config.ObjectiveConfig.tiny())
        return cls(**objective, image_shape=(16, 16, 3), most_steps=2)
