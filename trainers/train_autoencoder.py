"""Trains the autoencoder of latent diffusion on images.

    python -m trainers.train_autoencoder --workdir=runs/autoencoder

trains on the digits that come with the package. In the workdir appear
`model.keras`, `samples/` (reconstructions and images of random latent maps of
each epoch), `metrics.jsonl`, `tensorboard/`, `flags.txt`, which --flagfile
reads again, and a model card. The same command resumes a run that was stopped.

Images of random maps are bad: a diffusion model is to draw the maps. The scale
that it wants is measured at the end of each epoch, and is part of the model.

All three losses of the paper, on images of 31 pixels or more:

    python -m trainers.train_autoencoder --workdir=runs/sharp \\
        --dataset=cifar10 --perceptual_weight=1 \\
        --perceptual_file=lpips_alex.npz \\
        --adversarial_weight=0.5 --adversarial_start_step=5000 \\
        --discriminator_learning_rate=2e-4
"""

import pathlib

from absl import app, flags

from keras_gen.models.kl_autoencoder import kl_autoencoder_config
from trainers import autoencoder_run, flags_from

# Images by which the scale of latent maps is measured.
_NUM_MEASURED = 500


def main(argv: list[str]) -> None:
    """Flags -> Configs -> data -> model -> loop."""
    del argv
    run = flags_from.build(autoencoder_run.AutoencoderRunConfig)

    with run.started():
        import keras  # Late: `--help` need not wait for TensorFlow.

        import keras_gen
        from trainers import adversarial_run, autoencoder_sheet, image_loop

        splits = image_loop.load(run)
        config = flags_from.build(
            kl_autoencoder_config.KLAutoencoderConfig,
            image_shape=splits.train.image_shape,
        )
        distance = autoencoder_run.perceptual_of(run, config.perceptual_weight)
        measured = splits.train.images[:_NUM_MEASURED]
        sheet = autoencoder_sheet.AutoencoderSheet(
            pathlib.Path(run.workdir) / "samples",
            keras_gen.ops.images.to_float(measured).numpy(),
            num=run.num_samples // 2,
            every_epochs=run.sample_every_epochs,
        )
        others = {}
        if config.adversarial_weight:
            second = adversarial_run.discriminator_optimizer
            others["further_optimizers"] = second
        keras.utils.set_random_seed(config.seed)
        image_loop.train(
            lambda: keras_gen.KLAutoencoder(config, perceptual=distance),
            run,
            splits,
            [sheet],
            **others,
        )


def _define_flags() -> None:
    flags_from.define(
        autoencoder_run.AutoencoderRunConfig,
        kl_autoencoder_config.KLAutoencoderConfig,
    )
    flags.adopt_module_key_flags(flags_from)
    # The decay of the paper's code.
    flags.FLAGS.set_default("learning_rate", 5e-4)
    flags.FLAGS.set_default("beta_1", 0.5)


if __name__ == "__main__":
    _define_flags()
    app.run(main)
