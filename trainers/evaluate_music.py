"""Measures a model of music on a split of a data set.

    python -m trainers.evaluate_music --model=runs/rolls/best.keras

prints what a frame or token of the test split costs, and writes it beside the
model as `metrics.json`. Nothing is counted behind the end of a piece, nor a
piece's first frame, nor the token that starts it. A recurrent model of rolls
hears whole pieces; others hear windows of their `length` side by side, so the
first entries of a window have little to go by.
"""

import json
import pathlib
from typing import Any

from absl import app, flags

from keras_gen import console
from trainers import music_run


def measure(
    model: Any, songs: Any, batch_size: int
) -> tuple[dict[str, float], str]:
    """Nats for each frame or token, and how many there are.

    Args:
        model: of music, compiled.
        songs: a `music_songs.Songs`.
        batch_size: windows at once.

    Returns:
        {name: value}, and how pieces were cut.

    Raises:
        ValueError: the songs are none for the model.
    """
    from trainers import music_feed, music_forms

    form = music_forms.Form(model.config)
    form.check(songs)
    rows = [form.row(song) for song in songs.songs]
    count = sum(len(row) - 1 for row in rows)
    if form.kind == "roll" and model.room is None:
        how = "whole pieces"
        total = -float(sum(model.log_prob(rows).numpy()))
        nats = total / count
    else:
        how = f"windows of {model.config.length} side by side"
        batches = music_feed.one_pass(rows, form, model, batch_size)
        found = model.evaluate(batches, verbose=0, return_dict=True)
        nats = float(found["loss"])
    return {f"nats_per_{form.entry}": nats, f"num_{form.entry}s": count}, how


def main(argv: list[str]) -> None:
    """model.keras + music -> metrics.json."""
    del argv
    chosen = flags.FLAGS
    with console.explained():
        import keras_gen  # Late: `--help` need not wait for TensorFlow.
        from keras_gen import artifacts
        from trainers import music_songs

        model = keras_gen.load(chosen.model)
        songs = music_songs.load(chosen.dataset, chosen.split, chosen.data_dir)
        results, how = measure(model, songs, chosen.batch_size)
        protocol = {
            "model": chosen.model,
            "dataset": chosen.dataset,
            "split": chosen.split,
            "pieces": how,
        }
        beside = pathlib.Path(chosen.model).parent / "metrics.json"
        output = pathlib.Path(chosen.output or beside)
        with artifacts.atomic_file(output, seal=False) as temporary:
            written = {"protocol": protocol, "metrics": results}
            temporary.write_text(json.dumps(written, indent=2) + "\n")
        print(f"{songs.summary} {how}:")
        for name, value in results.items():
            print(f"  {name:20} {value:14,.4f}")
        print(f"Wrote {output}.")


def _define_flags() -> None:
    flags.DEFINE_string("model", None, "A model.keras.", required=True)
    flags.DEFINE_string(
        "output", "", "The JSON file; metrics.json beside the model if empty."
    )
    flags.DEFINE_enum("dataset", "chorales", music_run.DATASETS, "The music.")
    flags.DEFINE_string("data_dir", "", "Where files of your own are.")
    flags.DEFINE_enum("split", "test", ["train", "valid", "test"], "Of it.")
    flags.DEFINE_integer("batch_size", 16, "Windows at once.", lower_bound=1)


if __name__ == "__main__":
    _define_flags()
    app.run(main)
