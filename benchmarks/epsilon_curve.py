"""Draws how often classifiers are wrong against the radius of an attack.

    python -m benchmarks.epsilon_curve --curves=plain.json,madry.json \\
        --output=curve.png

reads what `trainers.evaluate_robust --epsilons=... --output=...` wrote: a
second. Needs matplotlib.
"""

import json
import pathlib

from absl import app, flags


def main(argv: list[str]) -> None:
    """JSON -> PNG."""
    del argv
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    chosen = flags.FLAGS
    paths = [pathlib.Path(each) for each in chosen.curves]
    names = chosen.names or [path.stem for path in paths]
    figure, axes = pyplot.subplots(figsize=(6, 4), layout="constrained")
    for path, name in zip(paths, names, strict=True):
        curve = json.loads(path.read_text())
        points = [
            (point["epsilon"], 100 * (1 - point["robust_accuracy"]))
            for point in curve["points"]
        ]
        axes.plot(*zip(*points, strict=True), marker="o", label=name)
    axes.set_xlabel(f"epsilon, norm {curve['norm']}")
    axes.set_ylabel(
        f"wrong, % of {curve['num']:,}, PGD-{curve['num_steps']}, "
        f"{curve['num_restarts']} starts"
    )
    axes.set_ylim(0, 100)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(chosen.output, dpi=100)


def _define_flags() -> None:
    flags.DEFINE_list("curves", None, "Files of the curves.", required=True)
    flags.DEFINE_list("names", [], "Of the curves; those of their files.")
    flags.DEFINE_string("output", None, "The PNG file to write.", required=True)


if __name__ == "__main__":
    _define_flags()
    app.run(main)
