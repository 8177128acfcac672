"""What a run would do, tried in a minute and kept nowhere."""

import pathlib
import tempfile

import numpy as np
import tensorflow as tf

from keras_gen import base, data, saving
from trainers import columns, run_config

_STEPS = 2


def report(
    model: base.GenerativeModel,
    run: run_config.RunConfig,
    examples: data.Examples,
) -> None:
    """Prints sizes, makes two steps, saves, loads and exports.

    Args:
        model: compiled.
        run: of the flags.
        examples: of the training split.
    """
    batches = data.pipeline(
        examples,
        run.batch_size,
        binarization=run.binarization,
        **columns.of(model),
    )
    print(f"Model: {type(model).__name__}, {model.count_params():,} weights")
    for name, each in model.batch_spec.items():
        print(f"Input: {name} [{run.batch_size}, {_show(each.shape)}]")
    print(f"Memory: about {_memory(model, run) / 2**20:,.0f} MiB")
    history = model.fit(
        batches, epochs=1, steps_per_epoch=_STEPS, verbose=0
    ).history
    losses = ", ".join(f"{k} {v[-1]:.2f}" for k, v in history.items())
    print(f"{_STEPS} steps: {losses}")
    with tempfile.TemporaryDirectory() as directory:
        print(f"Export: {_round_trip(model, pathlib.Path(directory))}")
    print("The run is ready to start: leave --dry_run out.")


def _memory(model: base.GenerativeModel, run: run_config.RunConfig) -> int:
    """Bytes: weights, gradients, two slots of Adam, and activations.

    Activations are those of the layers of the model's own networks, kept for
    the backward pass, with as much again for temporaries.
    """
    activations = sum(
        int(np.prod(layer.output.shape[1:]))
        for network in model.layers
        for layer in getattr(network, "layers", [])
    )
    return 4 * (4 * model.count_params() + 2 * run.batch_size * activations)


def _round_trip(model: base.GenerativeModel, directory: pathlib.Path) -> str:
    """Saves, loads and exports; raises if an answer changes."""
    model.save(directory / "model.keras")
    loaded = saving.load(directory / "model.keras")
    loaded.export(directory / "saved_model")
    served = tf.saved_model.load(str(directory / "saved_model"))
    worst = 0.0
    for name, each in model.endpoints().items():
        inputs = each.example_inputs(2)
        tensors = {k: tf.constant(v) for k, v in inputs.items()}
        answers = served.signatures[name](**tensors)
        for key, expected in model.run(name, **inputs).items():
            if expected.dtype == tf.float32:
                difference = tf.reduce_max(tf.abs(answers[key] - expected))
                worst = max(worst, float(difference))
    if worst > 1e-5:
        raise ValueError(
            f"The exported model differs from this one by {worst:.1e}, more "
            "than 1e-5. Please report it with the flags of the run."
        )
    count = len(model.endpoints())
    return f"{count} endpoints, greatest difference {worst:.1e}"


def _show(shape: tuple[int | None, ...]) -> str:
    return ", ".join(map(str, shape))
