"""What a run would do, tried in a minute and kept nowhere."""

import math
import pathlib
import tempfile

import keras
import tensorflow as tf

from keras_gen import base, saving
from trainers import feeds, run_config

_STEPS = 2


def report(
    model: base.GenerativeModel,
    run: run_config.RunConfig,
    feed: feeds.Feed,
) -> None:
    """Prints sizes, makes two steps, saves, loads and exports.

    Args:
        model: compiled.
        run: of the flags.
        feed: of the data.
    """
    batches = feed.batches(model, run.batch_size)
    print(f"Model: {type(model).__name__}, {model.count_params():,} weights")
    for name, each in model.batch_spec.items():
        print(f"Input: {name} [{run.batch_size}, {_show(each.shape)}]")
    activations = _activations(model)
    # Networks for images of any size do not know their own.
    word = "more than" if None in activations else "about"
    memory = _memory(model, run, [each or 0 for each in activations])
    print(f"Memory: {word} {memory / 2**20:,.0f} MiB")
    history = model.fit(
        batches, epochs=1, steps_per_epoch=_STEPS, verbose=0
    ).history
    losses = ", ".join(f"{k} {v[-1]:.2f}" for k, v in history.items())
    print(f"{_STEPS} steps: {losses}")
    with tempfile.TemporaryDirectory() as directory:
        print(f"Export: {_round_trip(model, pathlib.Path(directory))}")
    print("The run is ready to start: leave --dry_run out.")


def _activations(model: base.GenerativeModel) -> list[int | None]:
    """Numbers of a row in each layer of the model's own networks.

    None of a layer that depends on the size of the input, and of a network
    that is no graph of layers.
    """
    shapes = []
    for network in model.layers:
        for layer in getattr(network, "layers", []):
            known = hasattr(layer, "output")
            outputs = keras.tree.flatten(layer.output) if known else []
            shapes += [each.shape[1:] for each in outputs] or [(None,)]
    return [None if None in each else math.prod(each) for each in shapes]


def _memory(
    model: base.GenerativeModel,
    run: run_config.RunConfig,
    activations: list[int],
) -> int:
    """Bytes: weights, gradients, two slots of Adam, and activations.

    Activations are kept for the backward pass, with as much again for
    temporaries.
    """
    numbers = 2 * run.batch_size * sum(activations)
    return 4 * (4 * model.count_params() + numbers)


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
