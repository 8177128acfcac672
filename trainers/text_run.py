"""Config of a run on text."""

import dataclasses

from keras_gen import config
from keras_gen.data import texts
from trainers import run_config


@dataclasses.dataclass(frozen=True)
class TextRunConfig(run_config.RunConfig):
    """Where text comes from, and what the model is asked to go on with."""

    dataset: str = config.field(
        "shakespeare", "Text: " + ", ".join(texts.names()) + "."
    )
    data_dir: str = config.field(
        "", "A UTF-8 file or a folder of .txt files, for the data set file."
    )
    vocabulary_size: int = config.field(
        1000, "Tokens of byte_pairs or words, learned from the text.", low=2
    )
    prompt: str = config.field("\n", "What samples begin with.")
    num_samples: int = config.field(3, "Texts of a sample.", low=1)
    num_sample_tokens: int = config.field(
        200, "Tokens of a sample, as far as the model has room.", low=1
    )

    def check(self) -> None:
        super().check()
        if not self.prompt:
            raise ValueError(
                "`prompt` must have a token or more. Received an empty one. "
                "A line break is one."
            )

    @property
    def fixed(self) -> tuple[str, ...]:
        return ("dataset", "vocabulary_size", *super().fixed)
