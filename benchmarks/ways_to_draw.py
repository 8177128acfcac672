"""One diffusion model, drawn in several ways, judged by one classifier.

    python -m benchmarks.ways_to_draw --model=runs/classes/model.keras \
        --dataset=mnist --way=dpmpp_2m,10,1 --way=ddim,50,1 --way=dpmpp_2m,10,2

A way is a solver, its steps, the scale of the guidance and, where it is not the
model's, the spacing of the steps, as in "unipc,10,1,karras". For each it prints
FID, KID and, of a model by class, how often the classifier sees the class that
was asked for; and the seconds of drawing and judging. An image of guidance 1
asks the network once a step, of others twice; Heun's method doubles it again.
"""

import dataclasses
import time

from absl import app, flags

from keras_gen import console

_MODEL = flags.DEFINE_string("model", None, "A model.keras.", required=True)
_DATASET = flags.DEFINE_string("dataset", "digits", "With labels.")
_DATA_DIR = flags.DEFINE_string("data_dir", "", "Where the data are.")
_WAYS = flags.DEFINE_multi_string(
    "way", ["dpmpp_2m,10,1"], "Solver,steps,scale[,spacing]; several do."
)
_NUM = flags.DEFINE_integer("num", 5000, "Generated images.", lower_bound=100)
_SEED = flags.DEFINE_integer("seed", 0, "Of the images and the classifier.")

_FIELDS = {
    "solver": str,
    "num_steps": int,
    "guidance_scale": float,
    "spacing": str,
}
_SHOWN = {"fid": 4, "kid": 5, "precision": 3, "recall": 3, "class_agreement": 4}


def main(argv: list[str]) -> None:
    """Prints a line for each way."""
    del argv
    console.import_tensorflow()
    with console.explained():
        ways = [way_of(each) for each in _WAYS.value]
        _judge(ways)


def way_of(text: str) -> dict[str, object]:
    """Fields of a Config from "solver,steps,scale" or with ",spacing".

    Raises:
        ValueError: it reads otherwise.
    """
    try:
        values = text.split(",")
        if not 3 <= len(values) <= len(_FIELDS):
            raise ValueError("too few or too many values")
        # As short as what was given.
        return {
            name: kind(value)
            for (name, kind), value in zip(
                _FIELDS.items(), values, strict=False
            )
        }
    except ValueError as error:
        raise ValueError(
            "`way` must be solver,steps,scale or solver,steps,scale,spacing. "
            f"Received: {text!r}. Write, for example, dpmpp_2m,10,1."
        ) from error


def _judge(ways: list[dict]) -> None:
    import keras_gen
    from trainers import generator_metrics, judge_config

    def load(split):
        return keras_gen.data.load(
            _DATASET.value, split, data_dir=_DATA_DIR.value or None
        )

    wanted = judge_config.JudgeConfig(
        features="classifier", num_generated=_NUM.value
    )
    seed = _SEED.value
    network = generator_metrics.feature_network(wanted, load("train"), seed)
    for way in ways:
        # Anew: a model keeps the program that its Config made first.
        model = keras_gen.load(_MODEL.value)
        model.config = dataclasses.replace(model.config, **way)
        start = time.perf_counter()
        judged = generator_metrics.measure(model, wanted, load, seed, network)
        seconds = time.perf_counter() - start
        values = {k: v for each in judged for k, v in each.values.items()}
        found = ", ".join(
            f"{name} {values[name]:.{digits}f}"
            for name, digits in _SHOWN.items()
            if name in values
        )
        name = ",".join(f"{each}" for each in way.values())
        print(f"{name}: {found}; {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    app.run(main)
