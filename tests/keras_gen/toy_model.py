"""The smallest model there can be: a line through points."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from keras_gen import base, config, endpoint, spec
from keras_gen.ops import seeds


@dataclasses.dataclass(frozen=True)
class LineConfig(config.Config):
    """Hyper-parameters of `Line`."""

    slope: float = config.field(0.0, "Before training.", low=-9.0)
    noise: float = config.field(0.0, "Added to each target.", low=0.0)
    seed: int = config.field(0, "Of the noise.")


@keras.saving.register_keras_serializable("tests")
class Line(base.GenerativeModel):
    """y = slope x, by least squares."""

    Config = LineConfig
    loss_names = ("loss", "distance")

    def __init__(self, config=None, **kwargs):
        super().__init__(config, **kwargs)
        initial = keras.initializers.Constant(self.config.slope)
        self.slope = self.add_weight((), initial, name="slope")

    @property
    def batch_spec(self):
        return {
            "points": spec.Spec((), "float32", -1.0, 1.0),
            "targets": spec.Spec(()),
        }

    def losses(self, batch, seed, training):
        noise = self.config.noise * seeds.normal(seed, ())
        found = self.slope.value * batch["points"]
        distance = tf.abs(found - batch["targets"] - noise)
        return {"loss": distance**2, "distance": distance}

    def endpoints(self):
        points = spec.Spec((), "float32", doc="x.")
        return {
            "predict": endpoint.Endpoint(
                lambda points: {"targets": self.slope.value * points},
                {"points": points},
                {"targets": points},
                "y of x.",
            )
        }


# Of alternating sign, so that every batch spans the range.
POINTS = np.linspace(0.1, 1, 12, dtype="float32") * np.tile([1, -1], 6)
POINTS = POINTS.astype("float32")
TARGETS = 2 * POINTS


def compiled(optimizer="sgd", *, config=None, **options) -> Line:
    """A Line ready to fit."""
    model = Line(config)
    model.compile(optimizer, **options)
    return model
