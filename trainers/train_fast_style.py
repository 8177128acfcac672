"""Trains a network that gives photographs a style in one pass.

    python -m trainers.train_fast_style --workdir=runs/fast_style \\
        --dataset=folder --data_dir=photos --image_size=256,256 \\
        --styles=starry_night.jpg --vgg_file=vgg19.npz

The folder holds `train/` and `test/`; with --evaluate_every_epochs=0 it need
have no test images. Where photographs are few, --crop_size=160,160 learns from
pieces of them. In the workdir appear `model.keras`, `samples/` (for each
epoch photographs, each beside itself in all styles), `metrics.jsonl`,
`tensorboard/`, `flags.txt`, which --flagfile reads again, and a model card. The
same command resumes a run that was stopped.

Without --vgg_file Keras downloads the weights of VGG-19. On two cores an hour
is enough for a style.
"""

from absl import app, flags

from keras_gen.models.style_transfer import fast_style_transfer_config
from trainers import flags_from, style_run


def main(argv: list[str]) -> None:
    """Flags -> Configs -> photographs and styles -> model -> loop."""
    del argv
    run = flags_from.build(style_run.FastStyleRunConfig)

    with run.started():
        import keras  # Late: `--help` need not wait for TensorFlow.

        import keras_gen
        from trainers import image_loop

        styles = style_run.styles_of(run)
        splits = image_loop.load(run)
        config = flags_from.build(
            fast_style_transfer_config.FastStyleTransferConfig,
            image_shape=run.image_shape(splits.train.image_shape),
            num_styles=len(styles),
        )
        keras.utils.set_random_seed(config.seed)

        def make_model():
            vgg = keras_gen.weights.vgg19(
                run.vgg_file, config.layers, dtype=run.precision
            )
            return keras_gen.FastStyleTransfer(
                config, features=vgg, styles=styles
            )

        image_loop.train(
            make_model,
            run,
            splits,
            draw=_rows(splits.test or splits.train, run.num_samples),
            feed=image_loop.ImageFeed(
                splits, run.binarization, run.crop_size or None
            ),
        )


def _rows(examples, num):
    """A function of a model: photographs, each beside itself in all styles."""
    import numpy as np

    def draw(model):
        count = model.config.num_styles
        images = examples.images[: max(1, num // (count + 1))]
        images = images.astype(np.float32) / 127.5 - 1.0
        found = [model.stylize(images, k) for k in range(count)]
        rows = np.stack([images, *found], axis=1)
        return rows.reshape(-1, *images.shape[1:])

    return draw


def _define_flags() -> None:
    flags_from.define(
        style_run.FastStyleRunConfig,
        fast_style_transfer_config.FastStyleTransferConfig,
    )
    flags.adopt_module_key_flags(flags_from)


if __name__ == "__main__":
    _define_flags()
    app.run(main)
