"""Prints how often a classifier is wrong: of images, and after attacks.

    python -m trainers.evaluate_robust --model=runs/robust/model.keras
    python -m trainers.evaluate_robust --model=runs/robust/model.keras \\
        --epsilon=0.3 --step_size=0.01 --num_steps=100 --num_restarts=10

takes images of the test split, attacks them by FGSM and by PGD, whose numbers
are flags, and prints the shares that the classifier has wrong. An image counts
as wrong after an attack if it was before.
"""

from absl import app, flags

from keras_gen import console


def main(argv: list[str]) -> None:
    """Prints a line for each kind of images."""
    del argv
    with console.explained():
        _print_errors(flags.FLAGS)


def _print_errors(args) -> None:
    import numpy as np

    import keras_gen  # Late: `--help` need not wait for TensorFlow.
    from keras_gen import attacks, data

    bounds = {"epsilon": args.epsilon, "norm": args.norm}
    fgsm = attacks.FGSM(**bounds)
    attack = attacks.PGD(
        step_size=args.step_size,
        num_steps=args.num_steps,
        num_restarts=args.num_restarts,
        **bounds,
    )
    model = keras_gen.load(args.model)
    if not isinstance(model, keras_gen.AdversarialTraining):
        raise ValueError(
            "`--model` must be a classifier that `train_robust` has trained. "
            f"Received: {type(model).__name__}."
        )
    examples = data.load(args.dataset, "test", data_dir=args.data_dir or None)
    count = min(args.num, len(examples))
    named = {
        "as they are": None,
        f"FGSM, epsilon {attack.epsilon:g}": fgsm,
        f"PGD, epsilon {attack.epsilon:g}, {attack.num_steps} steps, "
        f"{attack.num_restarts} starts": attack,
    }
    print(f"{count:,} test images of {examples.name}, norm {attack.norm}")
    for name, each in named.items():
        wrong = np.concatenate(list(_wrong(model, each, examples, count)))
        print(f"{name:48} {np.mean(wrong):8.2%} wrong", flush=True)


def _wrong(model, attack, examples, count):
    """Whether each image is taken for another class, a batch at a time."""
    import numpy as np
    import tensorflow as tf

    from keras_gen import attacks

    @tf.function(reduce_retracing=True)
    def wrong_of(images, labels, seed):
        before = attacks.is_reached(model.logits_of(images), labels)
        if attack is None:
            return before
        found = attack(model.logits_of, images, labels, seed)
        return before | attacks.is_reached(model.logits_of(found), labels)

    for start in range(0, count, flags.FLAGS.batch_size):
        rows = np.arange(start, min(count, start + flags.FLAGS.batch_size))
        images = examples.images[rows].astype(np.float32) / 127.5 - 1.0
        labels = examples.labels[rows].astype(np.int32)
        yield wrong_of(images, labels, rows.astype(np.int32)).numpy()


def _define_flags() -> None:
    flags.DEFINE_string("model", None, "A model.keras.", required=True)
    flags.DEFINE_string("dataset", "digits", "With labels.")
    flags.DEFINE_string("data_dir", "", "Where the data are.")
    flags.DEFINE_integer("num", 1000, "Test images.", lower_bound=1)
    flags.DEFINE_integer("batch_size", 250, "Images at once.", lower_bound=1)
    flags.DEFINE_float("epsilon", 0.3, "Radius, as a share of the range.")
    flags.DEFINE_enum("norm", "inf", ["inf", "l2"], "Of the ball.")
    flags.DEFINE_float("step_size", 0.01, "Of PGD, as a share of the range.")
    flags.DEFINE_integer("num_steps", 40, "Of PGD, from each start.")
    flags.DEFINE_integer("num_restarts", 1, "Starts of PGD.")


if __name__ == "__main__":
    _define_flags()
    app.run(main)
