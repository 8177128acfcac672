"""What a row of the table of models says."""

import dataclasses
from collections.abc import Callable

import keras

from keras_gen import base, config


@dataclasses.dataclass(frozen=True)
class Row:
    """A model under test.

    Attributes:
        name: how pytest shows it.
        model_class: what is built.
        config: small.
        learning_rate: at which twenty steps of Adam lower the loss.
        falling: which loss they lower; of a GAN that of the discriminator, who
            has an easy game with one batch.
        networks: makes those that are trained elsewhere, by argument.
        exported: whether its endpoints are exported, too: not where another
            row has the same ones.
        mobile: whether one of them is for phones.
    """

    name: str
    model_class: type[base.GenerativeModel]
    config: config.Config
    learning_rate: float = 0.01
    falling: str = "loss"
    networks: Callable[[], dict[str, keras.Model]] = dict
    exported: bool = True
    mobile: bool = True

    def build(self, **kwargs) -> base.GenerativeModel:
        """A new model, equal to every other that this row builds."""
        networks = self.networks()
        return self.model_class(config=self.config, **networks, **kwargs)

    def networks_of(self, model: base.GenerativeModel) -> list[keras.Model]:
        """Those of a model that are trained elsewhere."""
        return [getattr(model, name, None) for name in self.networks()]


def tiny(config_class: type[config.Config], **changes) -> config.Config:
    """The tiny Config of a model, with other values in some fields."""
    return dataclasses.replace(config_class.tiny(), **changes)
