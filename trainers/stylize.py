"""Paints photographs in the style of other images.

    python -m trainers.stylize --content=photo.jpg --style=painting.jpg \\
        --vgg_file=vgg19.npz --output=painted.png

optimises the pixels by L-BFGS, and shows the loss: minutes at 512 pixels. In a
second or two by a network of `train_fast_style` or `train_adain`,

    python -m trainers.stylize --content=photo.jpg --style=painting.jpg \\
        --model=runs/adain/model.keras --strength=0.8 --output=painted.png

or by AdaIN with the weights of others, --vgg_file and --adain_decoder_file.

Several files between commas make a sheet of all contents and styles in one
--image_size, or with --blend one image of all styles. The options of the loss
are those of `NeuralStyleTransfer`.
"""

from collections.abc import Callable
from typing import Any

from absl import app, flags

from keras_gen import console
from keras_gen.models.style_transfer import objective_config
from trainers import flags_from, stylize_run


def main(argv: list[str]) -> None:
    """Files -> images -> model -> PNG."""
    del argv
    run = flags_from.build(stylize_run.StylizeRun)
    config = flags_from.build(objective_config.ObjectiveConfig)
    with console.explained():
        if not run.output:
            raise ValueError("`output` is missing: name the PNG file to write.")
        import keras_gen

        contents = run.photos("content")
        paint, styles = _painter(run, config)
        if len(contents) == 1 and len(styles) == 1:
            images, columns = paint(contents[0], styles[0]), 1
        else:
            images, columns = _sheet(paint, contents, styles)
        keras_gen.callbacks.write_sheet(images, run.output, columns)
        print(f"Wrote {run.output}.")


def _painter(
    run: stylize_run.StylizeRun, config: objective_config.ObjectiveConfig
) -> tuple[Callable[[Any, Any], Any], list[Any]]:
    """(content, style) -> image, and the styles there are."""
    import keras_gen

    if run.model:
        model = keras_gen.load(run.model)
        if isinstance(model, keras_gen.FastStyleTransfer):
            count = model.config.num_styles
            if run.blend:
                return model.stylize, [[1.0 / count] * count]
            return model.stylize, list(range(count))
    elif run.adain_decoder_file:
        model = _adain(run)
    else:
        model = None
    styles = run.photos("style")
    styles = [styles] if run.blend else styles
    if model is None:
        return _optimisation(run, config), styles
    if not isinstance(model, keras_gen.AdaINStyleTransfer):
        raise ValueError(
            "`model` must be a FastStyleTransfer or an AdaINStyleTransfer. "
            f"Received: {type(model).__name__}."
        )
    return lambda *pair: model.stylize(*pair, strength=run.strength), styles


def _adain(run):
    import keras_gen

    config = keras_gen.AdaINStyleTransferConfig()
    return keras_gen.AdaINStyleTransfer(
        config,
        encoder=keras_gen.weights.vgg19(
            run.vgg_file, config.layers, padding="reflection"
        ),
        decoder=keras_gen.weights.adain_decoder(run.adain_decoder_file),
    )


def _optimisation(run, config):
    import dataclasses

    import keras
    import tensorflow as tf

    import keras_gen

    vgg = keras_gen.weights.vgg19(
        run.vgg_file,
        config.layers,
        pooling=run.pooling,
        dtype=run.precision,
    )
    if run.winograd and not tf.config.list_physical_devices("GPU"):
        vgg = keras_gen.networks.by_winograd(vgg)
    model = keras_gen.NeuralStyleTransfer(
        **dataclasses.asdict(config), features=vgg
    )
    optimizer = run.optimizer
    if optimizer != "lbfgs":
        optimizer = keras.optimizers.get(optimizer)
        optimizer.learning_rate = run.learning_rate

    def watch(found):
        count, loss = int(found.num_evaluations), float(found.loss)
        print(f"{count:5} evaluations  loss {loss:.5g}", flush=True)

    return lambda content, style: model.stylize(
        content,
        style,
        optimizer=optimizer,
        num_steps=run.num_steps,
        num_scales=run.num_scales,
        start=run.start,
        keep_colors=run.keep_colors,
        seed=run.seed,
        watch=watch,
    )


def _sheet(paint, contents, styles):
    """Contents down the side, styles along the top, if these are images."""
    import numpy as np

    rows = [[row, *(paint(row, style) for style in styles)] for row in contents]
    if all(np.shape(each) == np.shape(contents[0]) for each in styles):
        rows.insert(0, [np.ones_like(contents[0]), *styles])
    return np.concatenate([each for row in rows for each in row]), len(rows[0])


def _define_flags() -> None:
    flags_from.define(stylize_run.StylizeRun, objective_config.ObjectiveConfig)
    flags.adopt_module_key_flags(flags_from)


if __name__ == "__main__":
    _define_flags()
    app.run(main)
