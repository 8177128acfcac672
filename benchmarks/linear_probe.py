"""A linear classifier on what a DCGAN's discriminator sees.

    python -m benchmarks.linear_probe --model=runs/dcgan/model.keras

trains softmax regression on 1000 labelled images, 100 of each class, by their
features and by their raw pixels, and prints the accuracy of both on the test
split: under a minute on two CPU cores. The weight decay of each is chosen on
one fifth of the labels; then it is trained on all of them.

Reference: Radford et al. 2015, arXiv 1511.06434, section 5.
"""

import numpy as np
from absl import app, flags

from keras_gen import console

_MODEL = flags.DEFINE_string("model", None, "A model.keras.", required=True)
_DATASET = flags.DEFINE_string("dataset", "digits", "With labels.")
_DATA_DIR = flags.DEFINE_string("data_dir", "", "Where the data are.")
_NUM_LABELS = flags.DEFINE_integer("num_labels", 1000, "In all, as balanced.")
_SEED = flags.DEFINE_integer("seed", 0, "Of the choice of labelled images.")

_DECAYS = 10.0 ** np.arange(-6, 1)


def main(argv: list[str]) -> None:
    """Prints both accuracies."""
    del argv
    console.import_tensorflow()
    import keras_gen

    model = keras_gen.load(_MODEL.value)
    splits = {
        split: keras_gen.data.load(
            _DATASET.value, split, data_dir=_DATA_DIR.value or None
        )
        for split in ("train", "test")
    }
    rows = balanced_rows(splits["train"].labels, _NUM_LABELS.value, _SEED.value)
    train = splits["train"].images[rows], splits["train"].labels[rows]
    test = splits["test"].images, splits["test"].labels
    ways = {
        "raw pixels": lambda images: images.reshape(len(images), -1),
        "features of D": model.features,
    }
    for name, way in ways.items():
        see = [way(_to_float(images)) for images, _ in (train, test)]
        found = accuracy(see[0], train[1], see[1], test[1])
        print(f"{name:14} {see[0].shape[1]:6} numbers  {100 * found:.2f} %")


def balanced_rows(labels: np.ndarray, num: int, seed: int) -> np.ndarray:
    """[num] rows, as many of each class, in random order."""
    random = np.random.default_rng(seed)
    classes = np.unique(labels)
    each = num // len(classes)
    chosen = [
        random.permutation(np.flatnonzero(labels == c))[:each] for c in classes
    ]
    return random.permutation(np.concatenate(chosen))


def accuracy(x, y, test_x, test_y) -> float:
    """Of softmax regression, with the weight decay that validates best."""
    mean, deviation = x.mean(axis=0), x.std(axis=0) + 1e-3
    x, test_x = (x - mean) / deviation, (test_x - mean) / deviation
    held_out = len(x) // 5
    scores = []
    for decay in _DECAYS:
        weights = _fit(x[held_out:], y[held_out:], decay)
        scores.append(_score(weights, x[:held_out], y[:held_out]))
    best = _DECAYS[int(np.argmax(scores))]
    return _score(_fit(x, y, best), test_x, test_y)


def _fit(x, y, decay):
    """Weights [D + 1, V] by L-BFGS."""
    from scipy import optimize, special

    x = _with_bias(x)
    shape = x.shape[1], int(y.max()) + 1
    target = np.eye(shape[1])[y]

    def loss(flat):
        weights = flat.reshape(shape)
        log_share = special.log_softmax(x @ weights, axis=1)
        gradient = x.T @ (np.exp(log_share) - target) / len(x)
        value = -np.mean(np.sum(target * log_share, axis=1))
        value += 0.5 * decay * np.sum(weights**2)
        return value, (gradient + decay * weights).ravel()

    start = np.zeros(shape).ravel()
    return optimize.minimize(
        loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300}
    ).x.reshape(shape)


def _score(weights, x, y) -> float:
    return float(np.mean(np.argmax(_with_bias(x) @ weights, axis=1) == y))


def _with_bias(x):
    return np.concatenate([x, np.ones((len(x), 1))], axis=1)


def _to_float(images):
    return (images / 127.5 - 1.0).astype(np.float32)


if __name__ == "__main__":
    app.run(main)
