"""Draws learning curves of several runs into one picture.

    python -m benchmarks.curves --runs=runs/iwae_1,runs/iwae_5 \\
        --metric=val_loss --output=curves.png

reads the `metrics.jsonl` of each run: a second. Needs matplotlib.
"""

import json
import pathlib

from absl import app, flags

from benchmarks import drawing


def main(argv: list[str]) -> None:
    """metrics.jsonl -> PNG."""
    del argv
    chosen = flags.FLAGS
    paths = [pathlib.Path(run) for run in chosen.runs]
    names = chosen.names or [path.name for path in paths]
    label = chosen.label or chosen.metric
    with drawing.curves(chosen.output, "epoch", label) as axes:
        for path, name in zip(paths, names, strict=True):
            lines = (path / "metrics.jsonl").read_text().splitlines()
            rows = [json.loads(line) for line in lines]
            points = [
                (row["epoch"], row[chosen.metric])
                for row in rows
                if chosen.metric in row
            ]
            axes.plot(*zip(*points, strict=True), label=name)
        axes.set_ylim(top=chosen.ceiling)


def _define_flags() -> None:
    flags.DEFINE_list("runs", None, "Directories of the runs.", required=True)
    flags.DEFINE_list("names", [], "Of the runs; those of their directories.")
    flags.DEFINE_string("metric", "val_loss", "What to draw.")
    flags.DEFINE_string(
        "label", "", "Of the vertical axis; the metric if empty."
    )
    flags.DEFINE_float("ceiling", None, "Greatest value drawn.")
    flags.DEFINE_string("output", None, "The PNG file to write.", required=True)


if __name__ == "__main__":
    _define_flags()
    app.run(main)
