"""Config of the VAE."""

import dataclasses

from keras_gen import config
from keras_gen.models.vae import autoencoder_config


@dataclasses.dataclass(frozen=True)
class VAEConfig(autoencoder_config.AutoencoderConfig):
    """Hyper-parameters of `VAE`."""

    beta: float = config.field(
        1.0, "Weight of the rate; 1 is the evidence lower bound.", low=0.0
    )
    free_bits: float = config.field(
        0.0, "Rate that costs nothing, in bits per image.", low=0.0
    )
    kl_warmup_steps: int = config.field(
        0, "Steps over which beta rises from 0 to its value.", low=0
    )
    num_importance_samples: int = config.field(
        1,
        "k, latents drawn for each image; above 1 the loss is the "
        "importance-weighted bound.",
        low=1,
    )

    def check(self) -> None:
        super().check()
        changed = self.beta != 1 or self.free_bits or self.kl_warmup_steps
        if self.num_importance_samples > 1 and changed:
            raise ValueError(
                "The importance-weighted bound has no separate rate to weigh: "
                "with `num_importance_samples` above 1 leave `beta` at 1 and "
                "`free_bits` and `kl_warmup_steps` at 0. Received: "
                f"num_importance_samples={self.num_importance_samples}, "
                f"beta={self.beta}, free_bits={self.free_bits}, "
                f"kl_warmup_steps={self.kl_warmup_steps}."
            )
