"""One pass of a fast network against the descent whose loss it has learned.

    python -m benchmarks.style_pass --fast=runs/fast_style/model.keras \\
        --contents=a.jpg,b.jpg

paints each photograph by one pass, and by steps of Adam from noise, where Gatys
et al. 2015 and Johnson et al. 2016 begin, and from the photograph. Prints the
losses, after how many steps Adam has that of the pass, and how many passes 100
steps take: minutes for a photograph on two CPU cores.
"""

import time

from absl import app, flags

from keras_gen import console

_STEPS, _EVERY, _MOST = 100, 10, 400


def main(argv: list[str]) -> None:
    """Prints a line for each photograph and start."""
    del argv
    console.import_tensorflow()
    import keras_gen
    from keras_gen import data

    chosen = flags.FLAGS
    fast = keras_gen.load(chosen.fast)
    for path in chosen.contents:
        content = data.read_image(path, image_size=(chosen.size, chosen.size))
        _compare(path, content, fast)


def _compare(path, content, fast):
    import tensorflow as tf

    loss = _loss_of(content, fast)
    painted = fast.stylize(content)
    wanted, start = float(loss(painted)), time.perf_counter()
    for _ in range(_EVERY):
        fast.stylize(content).numpy()
    one_pass = (time.perf_counter() - start) / _EVERY
    print(f"{path}: a pass {1e3 * one_pass:.0f} ms, loss {wanted:.4f}")
    noise = tf.random.stateless_uniform(content.shape, (0, 0), -1.0, 1.0)
    for name, image in {"noise": noise, "the photograph": content}.items():
        seconds, curve = _descend(loss, tf.constant(image), wanted)
        below = [count for count, each in curve.items() if each <= wanted]
        print(
            f"    Adam from {name}: loss {curve[_STEPS]:.4f} after {_STEPS} "
            f"steps, which take {seconds / one_pass:.0f} passes; as low as "
            f"the pass after {min(below, default=f'more than {_MOST}')}",
            flush=True,
        )


def _loss_of(content, fast):
    """The loss [] of an image that the network was trained on."""
    from keras_gen.models.style_transfer import objective

    targets = objective.Targets(
        fast.objective.content_of(content), [gram[:1] for gram in fast.grams]
    )
    return lambda image: fast.objective.losses(image, targets)["loss"][0]


def _descend(loss, image, wanted):
    """Seconds of 100 steps, and {steps: loss} until it is as low as wanted."""
    import keras

    from keras_gen.models.style_transfer import descent

    adam = descent.Descent(
        loss, image, keras.optimizers.Adam(flags.FLAGS.learning_rate)
    )
    adam.take(0)  # Compiles.
    curve, start = {}, time.perf_counter()
    while len(curve) < _STEPS // _EVERY:
        curve[_EVERY * (1 + len(curve))] = float(adam.take(_EVERY).loss)
    seconds = time.perf_counter() - start
    while min(curve.values()) > wanted and max(curve) < _MOST:
        curve[_EVERY * (1 + len(curve))] = float(adam.take(_EVERY).loss)
    return seconds, curve


def _define_flags() -> None:
    flags.DEFINE_string(
        "fast", None, "A model.keras of train_fast_style.", required=True
    )
    flags.DEFINE_list("contents", None, "Photographs.", required=True)
    flags.DEFINE_integer("size", 256, "Pixels of a side.")
    flags.DEFINE_float("learning_rate", 0.04, "Of Adam.")


if __name__ == "__main__":
    _define_flags()
    app.run(main)
