"""Trains the decoder of AdaIN: any style for any photograph, in one pass.

    python -m trainers.train_adain --workdir=runs/adain \\
        --dataset=folder --data_dir=photos --style_dir=paintings \\
        --image_size=256,256 --vgg_file=vgg19.npz

Both folders hold `train/` and `test/`; with --evaluate_every_epochs=0 they need
have no test images. In the workdir appear `model.keras`, `samples/` (for each
epoch photographs, styles and what becomes of them), `metrics.jsonl`,
`tensorboard/`, `flags.txt`, which --flagfile reads again, and a model card. The
same command resumes a run that was stopped.

A decoder from nothing takes days on two cores; --adain_decoder_file begins with
the weights of another, at a small --learning_rate.
"""

import dataclasses

from absl import app, flags

from keras_gen.models.style_transfer import adain_style_transfer_config
from trainers import flags_from, style_run


def main(argv: list[str]) -> None:
    """Flags -> Configs -> photographs and styles -> model -> loop."""
    del argv
    run = flags_from.build(style_run.AdaINRunConfig)

    with run.started():
        if not run.style_dir:
            raise ValueError(
                "`style_dir` is missing: name the folder of style images."
            )
        import keras  # Late: `--help` need not wait for TensorFlow.

        from trainers import image_loop, pair_feed

        splits = image_loop.load(run)
        styles = image_loop.load(
            dataclasses.replace(run, dataset="folder", data_dir=run.style_dir)
        )
        config = flags_from.build(
            adain_style_transfer_config.AdaINStyleTransferConfig,
            image_shape=run.image_shape(splits.train.image_shape),
        )
        keras.utils.set_random_seed(config.seed)
        image_loop.train(
            lambda: _model(run, config),
            run,
            splits,
            draw=_rows(
                splits.test or splits.train,
                styles.test or styles.train,
                run.num_samples // 3,
            ),
            feed=pair_feed.PairFeed(splits, styles, run.crop_size or None),
        )


def _model(run, config):
    import keras_gen
    from keras_gen import weights

    decoder = None
    if run.adain_decoder_file:
        decoder = weights.adain_decoder(
            run.adain_decoder_file, dtype=run.precision
        )
    encoder = weights.vgg19(
        run.vgg_file, config.layers, padding="reflection", dtype=run.precision
    )
    return keras_gen.AdaINStyleTransfer(
        config, encoder=encoder, decoder=decoder
    )


def _rows(photos, styles, num):
    """A function of a model: photographs, their styles, and the results."""
    import numpy as np

    count = max(1, min(num, len(photos), len(styles)))
    content, style = (
        each.images[:count].astype(np.float32) / 127.5 - 1.0
        for each in (photos, styles)
    )

    def draw(model):
        found = model.stylize(content, style)
        rows = np.stack([content, style, found], axis=1)
        return rows.reshape(-1, *content.shape[1:])

    return draw


def _define_flags() -> None:
    flags_from.define(
        style_run.AdaINRunConfig,
        adain_style_transfer_config.AdaINStyleTransferConfig,
    )
    flags.adopt_module_key_flags(flags_from)


if __name__ == "__main__":
    _define_flags()
    app.run(main)
