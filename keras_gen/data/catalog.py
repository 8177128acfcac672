"""The data sets known by name, and the places where each may be found.

Needs the standard library only: binaries read it for their flags.
"""

import dataclasses

TFDS_PREFIX = "tfds:"


@dataclasses.dataclass(frozen=True)
class Entry:
    """What is known about a data set before its files are read.

    Attributes:
        name: what the user types.
        doc: one line for flags and docs.
        attribution: authors and licence.
        image_shape: (H, W, C), or None where the files decide.
        embedded: file beside this module, "" for none.
        system_dir: folder of the Debian package, "" for none.
        keras_paths: below the folder of Keras (`KERAS_HOME`).
        tfds_name: of tensorflow_datasets, "" for none.
    """

    name: str
    doc: str
    attribution: str = ""
    image_shape: tuple[int, int, int] | None = None
    embedded: str = ""
    system_dir: str = ""
    keras_paths: tuple[str, ...] = ()
    tfds_name: str = ""


_MNIST_AUTHORS = "MNIST, (c) Yann LeCun and Corinna Cortes, CC BY-SA 3.0"

_ENTRIES = {
    entry.name: entry
    for entry in (
        Entry(
            name="digits",
            doc="12,000 images of MNIST, 28x28 grey; ships with the package",
            attribution=f"A subset of {_MNIST_AUTHORS}",
            image_shape=(28, 28, 1),
            embedded="embedded/digits.npz",
        ),
        Entry(
            name="mnist",
            doc="70,000 handwritten digits, 28x28 grey, 10 classes",
            attribution=_MNIST_AUTHORS,
            image_shape=(28, 28, 1),
            keras_paths=("datasets/mnist.npz",),
            tfds_name="mnist",
        ),
        Entry(
            name="fashion_mnist",
            doc="70,000 articles of clothing, 28x28 grey, 10 classes",
            attribution="Fashion-MNIST by Zalando SE, MIT licence",
            image_shape=(28, 28, 1),
            system_dir="/usr/share/datasets/fashion-mnist",
            keras_paths=("datasets/fashion-mnist",),
            tfds_name="fashion_mnist",
        ),
        Entry(
            name="cifar10",
            doc="60,000 photographs, 32x32 colour, 10 classes",
            attribution="CIFAR-10 by Alex Krizhevsky, no licence stated",
            image_shape=(32, 32, 3),
            keras_paths=(
                "datasets/cifar-10-batches-py-target/cifar-10-batches-py",
                "datasets/cifar-10-batches-py",
            ),
            tfds_name="cifar10",
        ),
        Entry(
            name="folder",
            doc="your own images, with captions if you have them, from a "
            "folder or npz file given as data_dir",
            attribution="As stated by the owner of the files",
        ),
    )
}


def names() -> list[str]:
    """What `load` accepts; the last is a pattern."""
    return [*_ENTRIES, f"{TFDS_PREFIX}<name>"]


def describe() -> str:
    """One line for each data set."""
    lines = [f"{entry.name}: {entry.doc}" for entry in _ENTRIES.values()]
    lines.append(
        f"{TFDS_PREFIX}<name>: any image data set of tensorflow_datasets"
    )
    return "\n".join(lines)


def find(name: str) -> Entry:
    """The entry called `name`.

    Raises:
        ValueError: no data set has that name; lists the known ones.
    """
    if name.startswith(TFDS_PREFIX) and name != TFDS_PREFIX:
        tfds_name = name.removeprefix(TFDS_PREFIX)
        return Entry(
            name=name,
            doc=f"{tfds_name} of tensorflow_datasets",
            attribution=f"As stated by tensorflow_datasets for {tfds_name}",
            tfds_name=tfds_name,
        )
    if name not in _ENTRIES:
        raise ValueError(
            f"`name` must be one of {', '.join(names())}. Received {name!r}."
        )
    return _ENTRIES[name]
