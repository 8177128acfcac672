"""Prints how often a classifier is wrong: of images, and after attacks.

    python -m trainers.evaluate_robust --model=runs/robust/model.keras
    python -m trainers.evaluate_robust --model=runs/robust/model.keras \\
        --epsilon=0.3 --step_size=0.01 --num_steps=100 --num_restarts=10
    python -m trainers.evaluate_robust --model=runs/robust/model.keras \\
        --epsilons=0,0.1,0.2,0.3,0.4 --output=curve.json

takes images of the test split, attacks them by FGSM and by PGD, whose numbers
are flags, and prints the shares that the classifier has wrong. An image counts
as wrong after an attack if it was before. With --epsilons it is PGD of each of
these radii, its steps in proportion; `benchmarks.epsilon_curve` draws what
--output then holds.
"""

import json

from absl import app, flags

from keras_gen import artifacts, console
from trainers import classifiers


def main(argv: list[str]) -> None:
    """Prints a line for each kind of images."""
    del argv
    with console.explained():
        _evaluate(flags.FLAGS)


def _evaluate(args) -> None:
    from keras_gen import data, metrics

    named = _curve(args) if args.epsilons else _attacks(args)
    classifier = classifiers.load(args.model)
    size = {"image_size": classifier.image_shape[:2]}
    examples = data.load(
        args.dataset, "test", data_dir=args.data_dir or None, **size
    )
    images, labels = _labelled(examples, classifier, args.num)
    print(f"{len(images):,} test images of {examples.name}, norm {args.norm}")
    points = []
    for name, attack in named.items():
        judge = metrics.AttackJudge(classifier.logits_of, attack)
        found = judge.measure(images, labels, args.batch_size)
        if not points and not args.epsilons:
            print(f"{'as they are':48} {1 - found.accuracy:8.2%} wrong")
        print(f"{name:48} {1 - found.robust_accuracy:8.2%} wrong", flush=True)
        points.append({"epsilon": attack.epsilon, **found._asdict()})
    if args.output:
        _write(args, examples.name, len(images), points)


def _labelled(examples, classifier, num):
    """The first images and their labels, which must fit the classifier."""
    if examples.labels is None:
        raise ValueError(
            f"`--dataset` must have labels. {examples.name} has none."
        )
    if tuple(examples.image_shape) != tuple(classifier.image_shape):
        raise ValueError(
            f"`--dataset` must have images {list(classifier.image_shape)}, as "
            f"the classifier takes. {examples.name} has "
            f"{list(examples.image_shape)}."
        )
    return examples.images[:num], examples.labels[:num]


def _attacks(args) -> dict:
    """FGSM and PGD by what they are called."""
    from keras_gen import attacks

    fgsm = attacks.FGSM(epsilon=args.epsilon, norm=args.norm)
    pgd = _pgd(args, args.epsilon)
    return {f"FGSM, epsilon {args.epsilon:g}": fgsm, _name(pgd): pgd}


def _curve(args) -> dict:
    """PGD of each radius."""
    try:
        epsilons = [float(each) for each in args.epsilons]
    except ValueError as error:
        raise ValueError(
            "`--epsilons` must be numbers, shares of the range, such as "
            f"0,0.1,0.2. Received: {','.join(args.epsilons)}."
        ) from error
    return {_name(pgd): pgd for pgd in (_pgd(args, each) for each in epsilons)}


def _pgd(args, epsilon: float):
    from keras_gen import attacks

    # By as much as the radius; of the radius 0 no step is 0.
    share = epsilon / args.epsilon if args.epsilons and args.epsilon else 1.0
    return attacks.PGD(
        epsilon=epsilon,
        norm=args.norm,
        step_size=share * args.step_size,
        num_steps=args.num_steps,
        num_restarts=args.num_restarts,
    )


def _name(pgd) -> str:
    return (
        f"PGD, epsilon {pgd.epsilon:g}, {pgd.num_steps} steps, "
        f"{pgd.num_restarts} starts"
    )


def _write(args, dataset: str, num: int, points: list[dict]) -> None:
    protocol = {
        "dataset": dataset,
        "num": num,
        "norm": args.norm,
        "num_steps": args.num_steps,
        "num_restarts": args.num_restarts,
    }
    text = json.dumps(protocol | {"points": points}, indent=2)
    with artifacts.atomic_file(args.output, seal=False) as temporary:
        temporary.write_text(text + "\n")


def _define_flags() -> None:
    flags.DEFINE_string("model", None, f"A {classifiers.FILES}.", required=True)
    flags.DEFINE_string("dataset", "digits", "With labels.")
    flags.DEFINE_string("data_dir", "", "Where the data are.")
    flags.DEFINE_integer("num", 1000, "Test images.", lower_bound=1)
    flags.DEFINE_integer("batch_size", 250, "Images at once.", lower_bound=1)
    flags.DEFINE_float("epsilon", 0.3, "Radius, as a share of the range.")
    flags.DEFINE_enum("norm", "inf", ["inf", "l2"], "Of the ball.")
    flags.DEFINE_float("step_size", 0.01, "Of PGD, as a share of the range.")
    flags.DEFINE_integer("num_steps", 40, "Of PGD, from each start.")
    flags.DEFINE_integer("num_restarts", 1, "Starts of PGD.")
    flags.DEFINE_list(
        "epsilons", [], "Radii of PGD instead; --step_size is of --epsilon."
    )
    flags.DEFINE_string("output", "", "A JSON file for the shares.")


if __name__ == "__main__":
    _define_flags()
    app.run(main)
