"""Trains a generative adversarial network of dense layers on images.

    python -m trainers.train_gan --workdir=runs/gan --num_epochs=60

trains on the digits that come with the package: about two minutes on two CPU
cores. In the workdir appear `model.keras`, `samples/` (a sheet for each epoch
and a GIF), `metrics.jsonl`, `tensorboard/`, `flags.txt`, which --flagfile reads
again, and a model card. The same command resumes a run that was stopped.

The losses of a GAN do not say how good its images are: look at the samples.
"""

from absl import app, flags

from keras_gen.models.gan import gan_config
from trainers import adversarial_run, flags_from


def main(argv: list[str]) -> None:
    """Flags -> Configs -> data -> model -> loop."""
    del argv
    run = flags_from.build(adversarial_run.AdversarialRunConfig)

    with run.started():
        import keras  # Late: `--help` need not wait for TensorFlow.

        import keras_gen
        from trainers import image_loop

        splits = image_loop.load(run)
        shape = splits.train.image_shape
        config = flags_from.build(gan_config.GANConfig, image_shape=shape)
        keras.utils.set_random_seed(config.seed)
        adversarial_run.train(lambda: keras_gen.GAN(config=config), run, splits)


def _define_flags() -> None:
    adversarial_run.define_flags(gan_config.GANConfig)
    flags.adopt_module_key_flags(adversarial_run)


if __name__ == "__main__":
    _define_flags()
    app.run(main)
