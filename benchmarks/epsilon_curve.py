"""Draws how often classifiers are wrong against the radius of an attack.

    python -m benchmarks.epsilon_curve --curves=plain.json,madry.json \\
        --output=curve.png

reads what `trainers.evaluate_robust --epsilons=... --output=...` wrote: a
second. Needs matplotlib.
"""

import json
import pathlib

from absl import app, flags

from benchmarks import drawing


def main(argv: list[str]) -> None:
    """JSON -> PNG."""
    del argv
    chosen = flags.FLAGS
    paths = [pathlib.Path(each) for each in chosen.curves]
    names = chosen.names or [path.stem for path in paths]
    found = [json.loads(path.read_text()) for path in paths]
    first = found[0]
    errors = (
        f"wrong, % of {first['num']:,}, PGD-{first['num_steps']}, "
        f"{first['num_restarts']} starts"
    )
    radius = f"epsilon, norm {first['norm']}"
    with drawing.curves(chosen.output, radius, errors) as axes:
        for curve, name in zip(found, names, strict=True):
            points = [
                (point["epsilon"], 100 * (1 - point["robust_accuracy"]))
                for point in curve["points"]
            ]
            axes.plot(*zip(*points, strict=True), marker="o", label=name)
        axes.set_ylim(0, 100)


def _define_flags() -> None:
    flags.DEFINE_list("curves", None, "Files of the curves.", required=True)
    flags.DEFINE_list("names", [], "Of the curves; those of their files.")
    flags.DEFINE_string("output", None, "The PNG file to write.", required=True)


if __name__ == "__main__":
    _define_flags()
    app.run(main)
