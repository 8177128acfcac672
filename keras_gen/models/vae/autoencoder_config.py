"""Config of the autoencoder, and what the VAE's has in common with it."""

import dataclasses
from typing import Self

from keras_gen import config


@dataclasses.dataclass(frozen=True)
class AutoencoderConfig(config.Config):
    """Hyper-parameters of `Autoencoder`."""

    image_shape: tuple[int, ...] = config.field(
        (28, 28, 1), "(H, W, C) of the images.", low=1, length=3
    )
    latent_size: int = config.field(
        16, "Z, numbers in the latent vector.", low=1
    )
    network: str = config.field(
        "conv",
        "Architecture of encoder and decoder.",
        choices=("conv", "mlp"),
    )
    widths: tuple[int, ...] = config.field(
        (40, 80),
        "Channels of each convolution, or units of each dense layer, of the "
        "encoder; the decoder mirrors them.",
        low=1,
    )
    activation: str = config.field(
        "relu",
        "Of all hidden layers.",
        choices=("relu", "tanh", "silu", "gelu", "elu"),
    )
    likelihood: str = config.field(
        "bernoulli",
        "p(x|z): bernoulli for black and white or grey images, gaussian for "
        "the squared error, discretized_logistic for 8-bit levels.",
        choices=("bernoulli", "gaussian", "discretized_logistic"),
    )
    scale: float = config.field(
        0.1,
        "Standard deviation (gaussian) or scale (discretized_logistic) of "
        "p(x|z), in image units, where the range of an image is 2.",
        low=1e-4,
    )
    learn_scale: bool = config.field(
        False, "Whether training changes the scale, starting from `scale`."
    )
    seed: int = config.field(0, "Of the initial weights and of all noise.")

    def check(self) -> None:
        if not self.widths:
            raise ValueError("`widths` must name at least one layer.")
        if self.learn_scale and self.likelihood == "bernoulli":
            raise ValueError(
                "`learn_scale` needs a likelihood with a scale: gaussian or "
                "discretized_logistic. Received: bernoulli."
            )

    @classmethod
    def tiny(cls) -> Self:
        return cls(image_shape=(8, 8, 1), latent_size=3, widths=(8,))
