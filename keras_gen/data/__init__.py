"""Image data sets: from files of many formats to batches of float images.

    examples = data.load("mnist", data_dir="downloads")
    batches = data.pipeline(examples, batch_size=128, seed=0)

`load` finds and checks the files, `pipeline` makes batches of which every one
is a function of the seed and the step alone, so that a run can be resumed
anywhere; `with_captions=True` adds a text to each image. `names` lists the data
sets known by name; `catalog.describe` says more about each.

Nothing here needs TensorFlow before a batch is made: flags may list the data
sets without waiting for it.
"""

import importlib

from keras_gen.data.catalog import names
from keras_gen.data.examples import DataError, Examples
from keras_gen.data.loading import load
from keras_gen.data.photo import read_image, read_photo

_LAZY = ("pipeline", "steps_per_epoch")

__all__ = [
    "DataError",
    "Examples",
    "load",
    "names",
    "pipeline",
    "read_image",
    "read_photo",
    "steps_per_epoch",
]


def __getattr__(name: str):
    if name in _LAZY:
        return getattr(importlib.import_module("keras_gen.data.batches"), name)
    raise AttributeError(f"module 'keras_gen.data' has no attribute {name!r}")
