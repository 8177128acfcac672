"""Trains a variational autoencoder (or a plain autoencoder) on images.

    python -m trainers.train_vae --workdir=runs/vae --num_epochs=20

trains on the digits that come with the package: about a minute on two CPU
cores. In the workdir appear `model.keras`, `samples/` (a sheet for each epoch
and a GIF), `metrics.jsonl`, `tensorboard/`, `flags.txt`, which --flagfile reads
again, and a model card. The same command resumes a run that was stopped.

The network of the IWAE paper on the whole of MNIST:

    python -m trainers.train_vae --workdir=runs/iwae --dataset=mnist \\
        --binarization=dynamic --network=mlp --widths=200,200 \\
        --activation=tanh --latent_size=50 --num_importance_samples=5
"""

from absl import app, flags

from keras_gen.models.vae import autoencoder_config, vae_config
from trainers import flags_from, image_run


def main(argv: list[str]) -> None:
    """Flags -> Configs -> data -> model -> loop."""
    del argv
    run = flags_from.build(image_run.ImageRunConfig)

    with run.started():
        import keras  # Late: `--help` need not wait for TensorFlow.

        import keras_gen
        from trainers import image_loop

        splits = image_loop.load(run)
        shape = splits.train.image_shape
        if flags.FLAGS.plain:
            config_class = autoencoder_config.AutoencoderConfig
            model_class = keras_gen.Autoencoder
        else:
            config_class, model_class = vae_config.VAEConfig, keras_gen.VAE
        config = flags_from.build(config_class, image_shape=shape)
        keras.utils.set_random_seed(config.seed)
        image_loop.train(lambda: model_class(config=config), run, splits)


def _define_flags() -> None:
    flags_from.define(image_run.ImageRunConfig, vae_config.VAEConfig)
    flags.adopt_module_key_flags(flags_from)
    flags.DEFINE_boolean(
        "plain",
        False,
        "A plain autoencoder: no prior, no rate, no samples worth seeing.",
    )


if __name__ == "__main__":
    _define_flags()
    app.run(main)
