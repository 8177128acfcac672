"""Draws pictures with a trained model.

    python -m trainers.sample --model=runs/vae/model.keras --output=out.png

writes a sheet of images for seeds 0, 1, 2, ...: a few seconds. With

    --mode=reconstruct   each image of a data set beside what the model makes
    --mode=interpolate   the way from one image to another, a row for a pair

it needs images: --dataset, the digits of the package if none is named.
"""

from absl import app, flags

from keras_gen import console

_MODEL = flags.DEFINE_string("model", None, "A model.keras.", required=True)
_OUTPUT = flags.DEFINE_string(
    "output", None, "The PNG file to write.", required=True
)
_MODE = flags.DEFINE_enum(
    "mode",
    "generate",
    ["generate", "reconstruct", "interpolate"],
    "What to draw.",
)
_NUM = flags.DEFINE_integer(
    "num", 64, "Images, or rows of an interpolation.", lower_bound=1
)
_SEED = flags.DEFINE_integer("seed", 0, "Of the first image.")
_NUM_STEPS = flags.DEFINE_integer(
    "num_steps", 10, "Images in a row of an interpolation.", lower_bound=2
)
_DATASET = flags.DEFINE_string("dataset", "digits", "Where images come from.")
_DATA_DIR = flags.DEFINE_string("data_dir", "", "Where the data are.")


def main(argv: list[str]) -> None:
    """model.keras -> images -> PNG."""
    del argv

    with console.explained():
        import tensorflow as tf  # Late: `--help` need not wait for it.

        import keras_gen

        model = keras_gen.load(_MODEL.value)
        columns = None
        if _MODE.value == "generate":
            images = model.generate(_NUM.value, seed=_SEED.value)
        elif _MODE.value == "reconstruct":
            originals = _images(_NUM.value)
            pairs = tf.stack([originals, model.reconstruct(originals)], axis=1)
            images = tf.reshape(pairs, (-1, *originals.shape[1:]))
            columns = min(16, 2 * _NUM.value)
        else:
            ends = _images(2 * _NUM.value)
            columns = _NUM_STEPS.value
            rows = model.interpolate(ends[::2], ends[1::2], columns)
            images = tf.reshape(rows, (-1, *ends.shape[1:]))
        keras_gen.callbacks.write_sheet(images, _OUTPUT.value, columns)
        print(f"Wrote {_OUTPUT.value}.")


def _images(num: int):
    """The first `num` images of the test split."""
    from keras_gen import data

    examples = data.load(
        _DATASET.value, "test", data_dir=_DATA_DIR.value or None
    )
    num = min(num, len(examples))
    batches = data.pipeline(examples, num, repeat=False)
    return next(iter(batches))["images"]


if __name__ == "__main__":
    app.run(main)
