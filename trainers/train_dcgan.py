"""Trains a deep convolutional GAN on images, with or without classes.

    python -m trainers.train_dcgan --workdir=runs/dcgan --num_epochs=40

trains on the digits that come with the package: some five minutes on two CPU
cores. In the workdir appear `model.keras`, `samples/` (a sheet for each epoch
and a GIF), `metrics.jsonl`, `tensorboard/`, `flags.txt`, which --flagfile reads
again, and a model card. The same command resumes a run that was stopped.

Digits that can be asked for by their class:

    python -m trainers.train_dcgan --workdir=runs/classes --conditional

The losses of a GAN do not say how good its images are: look at the samples.
"""

from absl import app, flags

from keras_gen.models.gan import dcgan_config
from trainers import adversarial_run, classes, flags_from


def main(argv: list[str]) -> None:
    """Flags -> Configs -> data -> model -> loop."""
    del argv
    run = flags_from.build(adversarial_run.AdversarialRunConfig)

    with run.started():
        import keras  # Late: `--help` need not wait for TensorFlow.

        import keras_gen
        from trainers import image_loop

        splits = image_loop.load(run)
        fields = {"image_shape": splits.train.image_shape}
        fields |= classes.derived(splits.train)
        config = flags_from.build(dcgan_config.DCGANConfig, **fields)
        keras.utils.set_random_seed(config.seed)
        adversarial_run.train(
            lambda: keras_gen.DCGAN(config=config), run, splits
        )


def _define_flags() -> None:
    adversarial_run.define_flags(dcgan_config.DCGANConfig)
    classes.define_flag()
    flags.adopt_module_key_flags(adversarial_run)
    flags.adopt_module_key_flags(classes)


if __name__ == "__main__":
    _define_flags()
    app.run(main)
