"""What `fit` and `evaluate` eat: any form in, {name: tensor} out, checked.

Elements may be x, (x, y) or a dict; a model's `batch_spec` {name: Spec} says
what they must be, in the order x, y.
"""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gen import spec
from keras_gen.ops import pipelines

BatchSpec = Mapping[str, spec.Spec]

# Options of `fit` and `evaluate`.
_NEED_ARRAYS = ("class_weight", "sample_weight", "validation_split")


def to_batch(batch_spec: BatchSpec, element: Any) -> dict[str, Any]:
    """An element of a dataset as {name: tensor}.

    Args:
        batch_spec: names in the order x, y; what it does not name is left out.
        element: tensor, tuple or dict.

    Raises:
        ValueError: a name is missing.
    """
    names = list(batch_spec)
    if isinstance(element, (tuple, list)) and isinstance(element[0], Mapping):
        element = element[0]
    if isinstance(element, (tuple, list)):
        element = dict(zip(names, element, strict=False))
    elif not isinstance(element, Mapping):
        element = {names[0]: element}
    missing = [name for name in names if name not in element]
    if missing:
        raise ValueError(
            f"Elements of the dataset must have {', '.join(names)}. "
            f"Received: {', '.join(element)}."
        )
    return {name: element[name] for name in names}


def check(batch_spec: BatchSpec, x: Any, y: Any = None) -> None:
    """Raises ValueError unless `x`, `y` fit, before anything is computed.

    Arrays are checked whole; of a dataset shapes, types, and the numbers of
    the first element. What can only be seen later (a generator) is left alone.

    Args:
        batch_spec: {name: Spec}.
        x: as in `fit`.
        y: as in `fit`.
    """
    if isinstance(x, (tf.data.Dataset, tf.distribute.DistributedDataset)):
        _check_dataset(batch_spec, x)
    elif hasattr(x, "shape") or isinstance(x, (Mapping, tuple, list)):
        element = x if y is None else (x, y)
        for name, value in to_batch(batch_spec, element).items():
            _check_values(batch_spec[name], value, name)


def checked(
    batch_spec: BatchSpec,
    x: Any,
    y: Any,
    how: dict[str, Any],
    num_steps: int | None = None,
) -> tuple[Any, Any, dict[str, Any]]:
    """x, y and options for Keras; rows in arrays become a dataset.

    Keras' own dataset of arrays takes no texts, and ends late; see `pipelines`.

    Args:
        batch_spec: {name: Spec}.
        x: as in `fit`.
        y: as in `fit`.
        how: options of `fit` or `evaluate`; rows are batched by `batch_size`
            and, if they are to, shuffled here. Where Keras needs arrays of
            numbers for an option, they stay.
        num_steps: of batches, if not all; Keras finds their size then.

    Raises:
        ValueError: as `check`.
    """
    check(batch_spec, x, y)
    if not (hasattr(x, "shape") or isinstance(x, (Mapping, tuple, list))):
        return x, y, how
    has_texts = any(each.dtype == "string" for each in batch_spec.values())
    for_keras = num_steps or any(how.get(n) is not None for n in _NEED_ARRAYS)
    if for_keras and not has_texts:
        return x, y, how
    batch = to_batch(batch_spec, x if y is None else (x, y))
    rows = {name: tf.convert_to_tensor(each) for name, each in batch.items()}
    _check_counts(rows)
    size, shuffle = how.get("batch_size"), how.get("shuffle")
    # Keras warns of either beside a dataset.
    how = {k: v for k, v in how.items() if k != "batch_size"}
    if shuffle:
        how["shuffle"] = False
    return _dataset(rows, size or 32, shuffle), None, how


def _check_counts(rows) -> None:
    counts = {name: len(each) for name, each in rows.items()}
    if len(set(counts.values())) > 1:
        found = ", ".join(f"{name} {count}" for name, count in counts.items())
        raise ValueError(
            "Each example has a row in every array, so that all have as many. "
            f"Received: {found}. Cut them to the examples that all have."
        )


def _dataset(rows, batch_size, shuffle) -> tf.data.Dataset:
    """Batches of {name: [N, ...]}."""
    count = len(next(iter(rows.values())))
    indices = tf.data.Dataset.range(count)
    if shuffle:
        indices = indices.shuffle(count)

    def batch(chosen):
        return {name: tf.gather(each, chosen) for name, each in rows.items()}

    # Nothing is dropped; the batch axis is static where it can be.
    indices = indices.batch(batch_size, drop_remainder=count % batch_size == 0)
    dataset = indices.map(batch).prefetch(2)
    return dataset.with_options(pipelines.options())


def checked_validation(
    batch_spec: BatchSpec, data: Any, options: dict[str, Any]
) -> Any:
    """`validation_data` for Keras; see `checked`."""
    if not isinstance(data, (tuple, list)):
        data = (data,)
    size = options.get("validation_batch_size") or options.get("batch_size")
    x, y, _ = checked(
        batch_spec,
        *(*data, None)[:2],
        {"batch_size": size},
        options.get("validation_steps"),
    )
    if isinstance(x, tf.data.Dataset) or len(data) == 1:
        return x
    return x, y, *data[2:]


def _check_dataset(batch_spec: BatchSpec, dataset: Any) -> None:
    for name, value in to_batch(batch_spec, dataset.element_spec).items():
        if isinstance(value, tf.TensorSpec):
            shape, dtype = value.shape, value.dtype.name
            batch_spec[name].check_static(shape, dtype, name)
    if isinstance(dataset, tf.data.Dataset):
        first = list(dataset.take(1))
        if not first:
            raise _empty()
        for name, value in to_batch(batch_spec, first[0]).items():
            _check_values(batch_spec[name], value, name)


def _check_values(each: spec.Spec, value: Any, name: str) -> None:
    each.check(value, name)
    if not np.size(value):
        raise _empty()
    # Images in [0, 1] pass every check of [-1, 1].
    if (each.low, each.high) == (-1, 1) and np.min(value) >= 0:
        warnings.warn(
            f"`{name}` has no value below 0, but its range is [-1, 1]. If "
            "yours is [0, 1], use `images * 2 - 1`.",
            stacklevel=5,
        )


def _empty() -> ValueError:
    return ValueError(
        "The dataset is empty: `fit` and `evaluate` need at least one "
        "example. Check the split, the filter and `batch_size` "
        "(`drop_remainder` drops a batch that is not full)."
    )
