"""Makes `digits.npz`, the images that ship with the package, from MNIST.

    python keras_gen/data/embedded/make_digits.py mnist.npz

Takes the first 1,000 training and 200 test images of each class, in the order
of MNIST: as many as fit into 2,000,000 bytes. Writes beside this file, the same
bytes for the same `mnist.npz` and version of zlib. Takes two seconds.
"""

import pathlib
import sys

import numpy as np

_PER_CLASS = {"train": 1000, "test": 200}
_SIZE_LIMIT = 2_000_000  # bytes


def main(mnist_path: str) -> None:
    """Writes `digits.npz`, or exits where it would be too large."""
    chosen = {}
    with np.load(mnist_path, allow_pickle=False) as mnist:
        for split, per_class in _PER_CLASS.items():
            labels = mnist[f"y_{split}"]
            rows = _first_of_each_class(labels, per_class)
            chosen[f"x_{split}"] = mnist[f"x_{split}"][rows]
            chosen[f"y_{split}"] = labels[rows].astype(np.uint8)
    path = pathlib.Path(__file__).with_name("digits.npz")
    np.savez_compressed(path, **chosen)
    size = path.stat().st_size
    if size > _SIZE_LIMIT:
        path.unlink()
        sys.exit(f"{path} has {size:,} bytes, more than {_SIZE_LIMIT:,}.")
    print(f"Wrote {path}: {size:,} bytes.")


def _first_of_each_class(labels: np.ndarray, per_class: int) -> np.ndarray:
    rows = [
        np.flatnonzero(labels == label)[:per_class]
        for label in np.unique(labels)
    ]
    return np.sort(np.concatenate(rows))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"Usage: {sys.argv[0]} MNIST_NPZ")
    main(sys.argv[1])
