"""Bold 3 - light 3 + light 8 = bold 8: arithmetic on latent vectors.

    python -m examples.arithmetic --model=runs/dcgan/model.keras --output=a.png

draws a thousand images, lets a classifier say which digits they are, and takes
the boldest and the lightest ten of the first class and the lightest ten of the
second. The sheet has a row for each of the three, the image of their mean
latent vector and then exemplars; the last row is the sum and what lies around
it. Most of the time goes into the classifier.

Reference: Radford et al. 2015, arXiv 1511.06434, section 6.3.2.
"""

import numpy as np
from absl import app, flags

from keras_gen import console

_NUM, _NUM_EXEMPLARS, _NUM_COLUMNS = 1000, 10, 8


def main(argv: list[str]) -> None:
    """model.keras -> classes of its images -> sums -> PNG."""
    del argv
    with console.explained():
        import keras_gen

        model = keras_gen.load(flags.FLAGS.model)
        examples = keras_gen.data.load(
            flags.FLAGS.dataset, "train", data_dir=flags.FLAGS.data_dir or None
        )
        classifier = keras_gen.metrics.train_classifier(
            examples.images, examples.labels, data=examples.name
        )
        seeds = np.arange(
            flags.FLAGS.seed, flags.FLAGS.seed + _NUM, dtype=np.int32
        )
        latent = model.latent_of(seeds).numpy()  # [N, Z]
        images = model.decode(latent)
        classes = np.argmax(classifier(images)[1], axis=1)
        ink = images.numpy().mean(axis=(1, 2, 3))
        first, second = map(int, flags.FLAGS.classes)
        terms = [
            latent[exemplars(ink, classes == first, boldest=True)],
            latent[exemplars(ink, classes == first, boldest=False)],
            latent[exemplars(ink, classes == second, boldest=False)],
        ]
        sheet = [_row(model, each) for each in terms]
        sheet.append(model.arithmetic(*terms, num=_NUM_COLUMNS).numpy())
        keras_gen.callbacks.write_sheet(
            np.concatenate(sheet), flags.FLAGS.output, _NUM_COLUMNS
        )
        print(f"Wrote {flags.FLAGS.output}.")


def exemplars(ink: np.ndarray, among: np.ndarray, boldest: bool) -> np.ndarray:
    """Rows of the ten images with most, or least, ink among some.

    Args:
        ink: [N].
        among: [N] bool.
        boldest: most instead of least.

    Raises:
        ValueError: there are fewer than twenty.
    """
    rows = np.flatnonzero(among)
    if len(rows) < 2 * _NUM_EXEMPLARS:
        raise ValueError(
            f"`classes` must be found at least {2 * _NUM_EXEMPLARS} times "
            f"among {len(among)} images. Received one found {len(rows)} times. "
            "Choose another class, or train the model longer."
        )
    order = rows[np.argsort(ink[rows])]
    return order[-_NUM_EXEMPLARS:] if boldest else order[:_NUM_EXEMPLARS]


def _row(model, latent):
    """The image of the mean, and those of exemplars, [8, H, W, C]."""
    shown = np.concatenate([latent.mean(axis=0, keepdims=True), latent])
    return model.decode(shown[:_NUM_COLUMNS]).numpy()


def _define_flags() -> None:
    flags.DEFINE_string("model", None, "A model.keras.", required=True)
    flags.DEFINE_string("output", None, "The PNG.", required=True)
    flags.DEFINE_list("classes", ["3", "8"], "First and second class.")
    flags.DEFINE_string("dataset", "digits", "Teaches the classifier.")
    flags.DEFINE_string("data_dir", "", "Where the data are.")
    flags.DEFINE_integer("seed", 0, "Of the first image.")


if __name__ == "__main__":
    _define_flags()
    app.run(main)
