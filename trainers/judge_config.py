"""Config of a judgement: which metrics, in which features, of how many."""

import dataclasses

from keras_gen import config

_INCEPTION = ("inception", "inception_75")


@dataclasses.dataclass(frozen=True)
class JudgeConfig(config.Config):
    """What generated images are held against, and how."""

    features: str = config.field(
        "none",
        "Feature network of FID, KID, precision, recall and inception score: a "
        "classifier of the data set, trained on the spot; the Inception of "
        "published FID; or that of the Keras examples of KID.",
        choices=("none", "classifier", *_INCEPTION),
    )
    features_file: str = config.field(
        "", "Weights of the Inception network; docs/metrics.md has the format."
    )
    num_generated: int = config.field(
        10_000, "Generated images that are judged.", low=2
    )
    reference_split: str = config.field(
        "test",
        "Real images that features are compared with.",
        choices=("train", "test"),
    )
    allow_few: bool = config.field(
        False, "Gives FID even for no more images than features."
    )
    floor: bool = config.field(
        False,
        "Judges real images of the other split too, as if they had been "
        "generated: what a perfect model would get.",
    )
    parzen: bool = config.field(
        False, "Parzen-window log-likelihood of the test images."
    )
    nearest_neighbors: bool = config.field(
        False, "Distances to the nearest training images: does it copy?"
    )

    def check(self) -> None:
        if self.features in _INCEPTION and not self.features_file:
            raise ValueError(
                f"`features_file` must name the weights for the features "
                f"{self.features}. Received nothing. Give the path of the "
                "file, or take --features=classifier."
            )

    @property
    def is_off(self) -> bool:
        """Whether nothing is to be judged."""
        pixels = self.parzen or self.nearest_neighbors
        return self.features == "none" and not pixels
