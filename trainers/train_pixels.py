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

from absl import app, flags

from keras_gen import config
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
_CONFIGS = {name: found[1] for name, found in NETWORKS.items()}


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

    with run.started():
        import keras  # Late: `--help` need not wait for TensorFlow.

        import keras_gen
        from trainers import image_loop

        splits = image_loop.load(run)
        fields = {"image_shape": splits.train.image_shape}
        fields |= classes.derived(splits.train)
        model_config = flags_from.build_chosen(run.network, _CONFIGS, **fields)
        model_class = getattr(keras_gen, NETWORKS[run.network][0])
        keras.utils.set_random_seed(model_config.seed)
        image_loop.train(lambda: model_class(config=model_config), run, splits)


def _define_flags() -> None:
    flags_from.define(PixelsRun, *_CONFIGS.values())
    classes.define_flag()
    flags.adopt_module_key_flags(flags_from)
    flags.adopt_module_key_flags(classes)


if __name__ == "__main__":
    _define_flags()
    app.run(main)
