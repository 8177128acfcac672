"""Which columns of the data a model learns from."""

from keras_gen import base


def of(model: base.GenerativeModel) -> dict[str, bool]:
    """Options of `data.pipeline`, by the model's `batch_spec`."""
    return {
        "with_labels": "labels" in model.batch_spec,
        "with_captions": "captions" in model.batch_spec,
    }
