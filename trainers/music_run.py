"""Config of a run on music."""

import dataclasses

from keras_gen import config
from trainers import run_config

DATASETS = ("chorales", "midi")


@dataclasses.dataclass(frozen=True)
class MusicRunConfig(run_config.RunConfig):
    """Where music comes from, how it is varied, and when a run may end."""

    dataset: str = config.field("chorales", "The music.", choices=DATASETS)
    data_dir: str = config.field(
        "",
        "A folder of .mid files, for midi; a JSON file of your own, for "
        "chorales.",
    )
    batch_size: int = config.field(
        16, "Examples in a step, on all devices together.", low=1
    )
    transpose: int = config.field(
        6,
        "Semitones by which pieces are moved up or down in training, as far as "
        "they stay in the range of all; 0 for none.",
        low=0,
        high=12,
    )
    stretch: float = config.field(
        0.0,
        "Share by which performances are slower or faster in training, in "
        "copies: 0.05 makes five of each, from 0.95 to 1.05; 0 for none.",
        low=0.0,
        high=0.5,
    )
    patience: int = config.field(
        10,
        "Epochs without a better valid split after which a run ends; 0 for "
        "none.",
        low=0,
    )
    num_sample_steps: int = config.field(
        64, "Frames or tokens that a sample adds to its primer.", low=1
    )

    def check(self) -> None:
        super().check()
        if self.patience and self.strategy == "multi_worker":
            raise ValueError(
                "`patience` must be 0 with several machines, of which one "
                f"alone would end. Received: {self.patience}. Give 0."
            )

    @property
    def fixed(self) -> tuple[str, ...]:
        return ("dataset", "transpose", "stretch", *super().fixed)
