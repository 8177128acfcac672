"""Trains a diffusion model on images, with or without classes.

    python -m trainers.train_diffusion --workdir=runs/diffusion --num_epochs=20

trains on the digits that come with the package; a step of 128 digits takes one
to two seconds on two busy CPU cores. In the workdir appear `model.keras`,
`samples/` (a sheet for each epoch and a GIF), `metrics.jsonl`, `tensorboard/`,
`flags.txt`, which --flagfile reads again, and a model card. The same command
resumes a run that was stopped.

Digits that can be asked for by their class:

    python -m trainers.train_diffusion --workdir=runs/classes --conditional
"""

from absl import app, flags

from keras_gen.models.diffusion import diffusion_config
from trainers import classes, flags_from, image_run


def main(argv: list[str]) -> None:
    """Flags -> Configs -> data -> model -> loop."""
    del argv
    run = flags_from.build(image_run.ImageRunConfig)

    with run.started():
        import keras  # Late: `--help` need not wait for TensorFlow.

        import keras_gen
        from trainers import image_loop

        splits = image_loop.load(run)
        fields = {"image_shape": splits.train.image_shape}
        fields |= classes.derived(splits.train)
        config = flags_from.build(diffusion_config.DiffusionConfig, **fields)
        keras.utils.set_random_seed(config.seed)
        image_loop.train(
            lambda: keras_gen.Diffusion(config=config), run, splits
        )


def _define_flags() -> None:
    flags_from.define(
        image_run.ImageRunConfig, diffusion_config.DiffusionConfig
    )
    classes.define_flag()
    flags.adopt_module_key_flags(flags_from)
    flags.adopt_module_key_flags(classes)


if __name__ == "__main__":
    _define_flags()
    app.run(main)
