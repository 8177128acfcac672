"""Are generated images copies? Each beside its nearest training image.

    python -m benchmarks.neighbours --model=runs/gan/model.keras --output=n.png

prints how far generated images are from their nearest training image (root of
the sum of squared pixel differences, pixels in [-1, 1]), and, as a measure,
how far each training image is from the nearest other one; and draws the first
ten with their neighbours below: seconds for a thousand images.
"""

import numpy as np
from absl import app, flags

from keras_gen import console

_MODEL = flags.DEFINE_string("model", None, "A model.keras.", required=True)
_DATASET = flags.DEFINE_string("dataset", "digits", "That of the training.")
_DATA_DIR = flags.DEFINE_string("data_dir", "", "Where the data are.")
_NUM = flags.DEFINE_integer("num", 1000, "Generated images.", lower_bound=10)
_OUTPUT = flags.DEFINE_string("output", "", "PNG of the first ten, or none.")

_SHOWN, _CHUNK = 10, 100


def main(argv: list[str]) -> None:
    """Prints distances and draws the sheet."""
    del argv
    console.import_tensorflow()
    import keras_gen
    from keras_gen.ops import images as image_ops

    model = keras_gen.load(_MODEL.value)
    examples = keras_gen.data.load(
        _DATASET.value, "train", data_dir=_DATA_DIR.value or None
    )
    train = image_ops.to_float(examples.images).numpy()
    parts = [
        model.generate(min(_CHUNK, _NUM.value - first), seed=first)
        for first in range(0, _NUM.value, _CHUNK)
    ]
    drawn = np.concatenate(parts)
    nearest, distance = neighbours(drawn, train)
    _, among = neighbours(train, train, itself=True)
    for name, values in (("generated", distance), ("training", among)):
        print(
            f"{name:9} nearest training image: mean {values.mean():6.2f}, "
            f"smallest {values.min():6.2f}"
        )
    close = np.mean(distance < np.quantile(among, 0.05))
    print(f"nearer than 95 % of training images are: {100 * close:.1f} %")
    if _OUTPUT.value:
        shown = np.concatenate([drawn[:_SHOWN], train[nearest[:_SHOWN]]])
        keras_gen.callbacks.write_sheet(shown, _OUTPUT.value, _SHOWN)


def neighbours(
    images: np.ndarray, train: np.ndarray, itself: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the nearest training images, and how far they are.

    Args:
        images: [N, H, W, C].
        train: [M, H, W, C].
        itself: whether image i is training image i, which does not count.
    """
    flat = train.reshape(len(train), -1)
    squares = np.sum(flat**2, axis=1)
    rows, distances = [], []
    for first in range(0, len(images), _CHUNK):
        part = images[first : first + _CHUNK].reshape(-1, flat.shape[1])
        square = np.sum(part**2, axis=1)[:, None] + squares - 2 * part @ flat.T
        if itself:
            index = np.arange(len(part))
            square[index, first + index] = np.inf
        rows.append(square.argmin(axis=1))
        distances.append(np.sqrt(np.maximum(square.min(axis=1), 0.0)))
    return np.concatenate(rows), np.concatenate(distances)


if __name__ == "__main__":
    app.run(main)
