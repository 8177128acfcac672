"""Trains a classifier of images against attacks on it.

    python -m trainers.train_robust --workdir=runs/robust --num_epochs=10

trains on the digits that come with the package, by --method: madry (PGD), fast
(one step of it from a random start), trades, goodfellow (FGSM, half of the
loss) or plain. In the workdir appear `model.keras`, `samples/` (for each
epoch test images, each beside what the attack made of it), `metrics.jsonl`,
`tensorboard/`, `flags.txt`, which --flagfile reads again, and a model card. The
same command resumes a run that was stopped.

`error` is the share of images that it has wrong, `attacked_error` that after
the attack of training; both of the test split with `val_` before them. Judge a
defence by stronger attacks: `keras_gen.attacks`.
"""

import dataclasses

from absl import app, flags

from keras_gen.models.adversarial import adversarial_config
from trainers import classes, flags_from, image_run


@dataclasses.dataclass(frozen=True)
class RobustRun(image_run.ImageRunConfig):
    """A run of a model that draws no images of its own."""

    def check(self) -> None:
        super().check()
        if self.fid_every_epochs:
            raise ValueError(
                "`fid_every_epochs` is of models that draw images, which a "
                f"classifier is not. Received: {self.fid_every_epochs}. Leave "
                "it out."
            )


def main(argv: list[str]) -> None:
    """Flags -> Configs -> data -> model -> loop."""
    del argv
    run = flags_from.build(RobustRun)

    with run.started():
        import keras  # Late: `--help` need not wait for TensorFlow.

        import keras_gen
        from trainers import image_loop

        splits = image_loop.load(run)
        fields = {"image_shape": splits.train.image_shape}
        fields |= classes.required(splits.train, "`train_robust`")
        config = flags_from.build(
            adversarial_config.AdversarialTrainingConfig, **fields
        )
        keras.utils.set_random_seed(config.seed)
        image_loop.train(
            lambda: keras_gen.AdversarialTraining(config=config),
            run,
            splits,
            draw=_pairs(splits.test or splits.train, run.num_samples),
        )


def _pairs(examples, num):
    """A function of a model: images and, beside each, what it became."""
    import numpy as np

    count = max(1, num // 2)
    images = examples.images[:count].astype(np.float32) / 127.5 - 1.0
    labels = examples.labels[:count].astype(np.int32)
    seed = np.arange(len(images), dtype=np.int32)

    def draw(model):
        found = model.run("attack", images=images, labels=labels, seed=seed)
        pairs = np.stack([images, found["images"]], axis=1)
        return pairs.reshape(-1, *images.shape[1:])

    return draw


def _define_flags() -> None:
    flags_from.define(RobustRun, adversarial_config.AdversarialTrainingConfig)
    flags.adopt_module_key_flags(flags_from)


if __name__ == "__main__":
    _define_flags()
    app.run(main)
