"""Config of a run on pairs of texts."""

import dataclasses

from keras_gen import config
from keras_gen.data import pairs
from trainers import run_config


@dataclasses.dataclass(frozen=True)
class PairsRunConfig(run_config.RunConfig):
    """Where pairs come from."""

    dataset: str = config.field(
        "dates", "Pairs: " + ", ".join(pairs.names()) + "."
    )
    data_dir: str = config.field(
        "", "Folder of train.tsv and test.tsv, for the data set file."
    )
    vocabulary_size: int = config.field(
        1000, "Tokens of byte_pairs or words, learned from the pairs.", low=2
    )
    num_samples: int = config.field(
        10, "Sources of the test split that are answered as a sample.", low=1
    )

    @property
    def fixed(self) -> tuple[str, ...]:
        return ("dataset", "vocabulary_size", *super().fixed)
