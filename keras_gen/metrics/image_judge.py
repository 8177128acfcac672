"""ImageJudge: several metrics over features that are computed once."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from keras_gen.metrics import feature_metric, feature_network, inception_score
from keras_gen.ops import images as image_ops


class ImageJudge:
    """Images in, values and protocols of several metrics out.

    Images are rounded to 256 levels, as files of them would be: real images
    have been, and a network can tell.

    Args:
        network: what gives the features.
        metrics: FID, KID, PrecisionRecall and others with `real` and
            `generated`, and InceptionScore, which takes the logits; their
            protocols get the name of the network.
        real: names the real images in the protocol.
        batch_size: images in the network at once.

    Raises:
        ValueError: an InceptionScore, but the network has no logits.
    """

    def __init__(
        self,
        network: feature_network.FeatureNetwork,
        metrics: Sequence[feature_metric.FeatureMetric],
        real: str = "unnamed",
        batch_size: int = 100,
    ) -> None:
        self.network = network
        self._real = real
        self._batch_size = batch_size
        kinds = inception_score.InceptionScore
        self._scores = [each for each in metrics if isinstance(each, kinds)]
        self._pairs = [each for each in metrics if not isinstance(each, kinds)]
        if self._scores and not network.logits:
            raise ValueError(
                "`metrics` may hold an InceptionScore only where the network "
                f"has `logits`. Received {network.name}, which has none."
            )
        for each in metrics:
            each.features = network.name

    def add_real(self, images: Any) -> None:
        """Adds [B, H, W, C] float32 in [-1, 1] to the reference."""
        features, _ = self._features(images)
        for each in self._pairs:
            each.update_state(real=features)

    def add_generated(self, images: Any) -> None:
        """Adds [B, H, W, C] float32 in [-1, 1] to what is judged."""
        features, logits = self._features(images)
        for each in self._pairs:
            each.update_state(generated=features)
        for each in self._scores:
            each.update_state(logits)

    def reset_generated(self) -> None:
        """Keeps the reference, forgets what was judged."""
        for each in (*self._pairs, *self._scores):
            each.reset_generated()

    def results(self) -> list["Judgement"]:
        """The values of each metric, with their protocol."""
        scores = [judgement(each) for each in self._scores]
        real = {"real": self._real}  # Which scores have not seen.
        pairs = [
            Judgement(found.values, found.protocol | real)
            for found in map(judgement, self._pairs)
        ]
        return pairs + scores

    def _features(self, images: Any) -> tuple:
        levels = image_ops.to_uint8(tf.convert_to_tensor(images))
        return self.network(image_ops.to_float(levels), self._batch_size)


class Judgement(NamedTuple):
    """What a metric found.

    Attributes:
        values: {name: value}.
        protocol: what they depend on.
    """

    values: dict[str, float]
    protocol: dict[str, Any]


def judgement(metric: feature_metric.FeatureMetric) -> Judgement:
    """Result and protocol of a metric, whether it has one value or more."""
    found = metric.result()
    values = found if isinstance(found, dict) else {metric.name: found}
    return Judgement(values, metric.protocol())
