"""Trains a pixel model on images, with or without classes.

    python -m trainers.train_pixels --workdir=runs/pixels \\
        --binarization=dynamic --num_epochs=5

trains a PixelCNN on the digits that come with the package. In the workdir
appear `model.keras`, `samples/` (a sheet for each epoch and a GIF),
`metrics.jsonl` (the loss is -log p(x), nats for each image), `tensorboard/`,
`flags.txt`, which --flagfile reads again, and a model card. The same command
resumes a run that was stopped.

--network chooses the model: pixel_cnn, gated_pixel_cnn, pixel_cnn_plus_plus or
pixel_rnn; fields of its Config are flags, those of others are refused. Images
that are not binarized have 256 levels: --num_levels=256.

Digits that can be asked for by their class:

    python -m trainers.train_pixels --workdir=runs/classes \\
        --network=gated_pixel_cnn --binarization=dynamic --conditional
"""

import dataclasses
from typing import Any

from absl import app, flags

from keras_gen import config, console
from keras_gen.models.pixels import pixel_config
from trainers import classes, flags_from, image_run

# Name of a network: its class in keras_gen, and its Config.
NETWORKS = {
    "pixel_cnn": ("PixelCNN", pixel_config.PixelCNNConfig),
    "gated_pixel_cnn": ("GatedPixelCNN", pixel_config.GatedPixelCNNConfig),
    "pixel_cnn_plus_plus": (
        "PixelCNNPlusPlus",
        pixel_config.PixelCNNPlusPlusConfig,
    ),
    "pixel_rnn": ("PixelRNN", pixel_config.PixelRNNConfig),
}
_CONFIGS = [config_class for _, config_class in NETWORKS.values()]


@dataclasses.dataclass(frozen=True)
class PixelsRun(image_run.ImageRunConfig):
    """A run that also chooses the network."""

    network: str = config.field(
        "pixel_cnn", "Which model is trained.", choices=tuple(NETWORKS)
    )


def main(argv: list[str]) -> None:
    """Flags -> Configs -> data -> model -> loop."""
    del argv
    run = flags_from.build(PixelsRun)

    with console.explained():
        import keras  # Late: `--help` need not wait for TensorFlow.

        import keras_gen
        from trainers import image_loop

        splits = image_loop.load(run)
        fields = {"image_shape": splits.train.image_shape}
        fields |= classes.derived(splits.train)
        name, config_class = NETWORKS[run.network]
        model_config = config_of(config_class, fields)
        model_class = getattr(keras_gen, name)
        keras.utils.set_random_seed(model_config.seed)
        image_loop.train(lambda: model_class(config=model_config), run, splits)


def config_of(
    config_class: type[pixel_config.PixelConfig], fields: dict[str, Any]
) -> pixel_config.PixelConfig:
    """The Config of the flags that were given.

    Args:
        config_class: whose fields count; others must not be given.
        fields: what the data decide.

    Raises:
        ValueError: a flag belongs to another network.
    """
    defaults = {x.name: x.default for x in dataclasses.fields(config_class)}
    every = {x.name for each in _CONFIGS for x in dataclasses.fields(each)}
    given = {name for name in every if flags.FLAGS[name].present}
    foreign = sorted(given - set(defaults))
    if foreign:
        raise ValueError(
            f"`{foreign[0]}` belongs to another network than "
            f"{flags.FLAGS.network}. Received a value for it. Leave it out."
        )
    return flags_from.build(config_class, **defaults | fields)


def _define_flags() -> None:
    flags_from.define(PixelsRun, *_CONFIGS)
    classes.define_flag()
    flags.adopt_module_key_flags(flags_from)
    flags.adopt_module_key_flags(classes)


if __name__ == "__main__":
    _define_flags()
    app.run(main)
