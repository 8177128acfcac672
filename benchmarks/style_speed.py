"""A step of style transfer against the loop of the TensorFlow tutorial.

    python -m benchmarks.style_speed --vgg_file=vgg19.npz --content=photo.jpg \\
        --style=painting.jpg

takes steps of Adam on the pixels of one image, in turn: by
`NeuralStyleTransfer.stylize`, and by a `tf.function` written the way the
tutorial "Neural style transfer" writes it, on `keras.applications.VGG19`; size,
layers and weights are the same. Ours are those of VGG-19 by Winograd's
algorithm, as it is, and in bfloat16. Prints the ratio of their steps/s: minutes
on two CPU cores.
"""

import statistics
import time

from absl import app, flags

from keras_gen import console

_CONTENT_LAYER = "block5_conv2"  # Layers of the tutorial.
_STYLE_LAYERS = [f"block{n}_conv1" for n in range(1, 6)]
_WEIGHTS = {"style": 1e-2, "content": 1e4, "variation": 30.0}


def main(argv: list[str]) -> None:
    """Runs both in turn and prints the ratio."""
    del argv
    console.import_tensorflow()
    from keras_gen import data

    chosen = flags.FLAGS
    size = (chosen.size, chosen.size)
    content, style = (
        data.read_image(path, image_size=size)
        for path in (chosen.content, chosen.style)
    )
    tutorial = _tutorial(content, style)
    for name, precision, by_winograd in (
        ("winograd", "float32", True),
        ("float32", "float32", False),
        ("mixed_bfloat16", "mixed_bfloat16", False),
    ):
        ours = _ours(content, style, precision, by_winograd)
        _compare(name, ours, tutorial)


def _compare(name, ours, theirs):
    chosen = flags.FLAGS
    for run in (ours, theirs):  # Traces and warms up.
        run(1)
    pairs = [(_seconds(ours), _seconds(theirs)) for _ in range(chosen.rounds)]
    ratios = [b / a for a, b in pairs]
    mine, other = (statistics.median(x) for x in zip(*pairs, strict=True))
    print(
        f"{name:15} {mine * 1e3:7.0f} ms a step, tutorial {other * 1e3:7.0f} "
        f"ms, ratio {statistics.median(ratios):.2f} "
        f"({min(ratios):.2f} to {max(ratios):.2f})",
        flush=True,
    )


def _seconds(run):
    start = time.perf_counter()
    run(flags.FLAGS.steps)
    return (time.perf_counter() - start) / flags.FLAGS.steps


def _ours(content, style, precision, by_winograd):
    """A function of a number of steps of Adam, by the library."""
    import keras
    import tensorflow as tf

    import keras_gen
    from keras_gen import networks
    from keras_gen.models.style_transfer import descent

    config = keras_gen.NeuralStyleTransferConfig(
        content_layers=_CONTENT_LAYER, total_variation_weight=1.0
    )
    vgg = keras_gen.weights.vgg19(
        flags.FLAGS.vgg_file, config.layers, dtype=precision
    )
    if by_winograd:
        vgg = networks.by_winograd(vgg)
    model = keras_gen.NeuralStyleTransfer(config, features=vgg)
    targets = model.targets(content, [style], [1.0])
    steps = descent.Descent(
        lambda image: model.objective.losses(image, targets)["loss"][0],
        tf.constant(content),
        keras.optimizers.Adam(0.04),
    )
    return steps.take


def _tutorial(content, style):
    """The same as the tutorial writes it."""
    import keras
    import tensorflow as tf

    content, style = ((each + 1) / 2 for each in (content, style))
    extract = _extractor()
    style_targets, content_target = extract(style)[0], extract(content)[1]
    image = tf.Variable(content)
    optimizer = keras.optimizers.Adam(0.02, beta_1=0.99, epsilon=1e-1)

    def loss_of(styles, content):
        distances = zip(styles, style_targets, strict=True)
        loss = tf.add_n([tf.reduce_mean((a - b) ** 2) for a, b in distances])
        loss *= _WEIGHTS["style"] / len(styles)
        away = tf.reduce_mean((content - content_target) ** 2)
        return loss + _WEIGHTS["content"] * away

    @tf.function()
    def train_step(image):
        with tf.GradientTape() as tape:
            loss = loss_of(*extract(image))
            loss += _WEIGHTS["variation"] * tf.image.total_variation(image)[0]
        gradient = tape.gradient(loss, image)
        optimizer.apply_gradients([(gradient, image)])
        image.assign(tf.clip_by_value(image, 0.0, 1.0))

    def run(count):
        for _ in range(count):
            train_step(image)
        image.numpy()

    return run


def _extractor():
    """Image in [0, 1] -> Gram matrices and content, as in the tutorial."""
    import keras
    import tensorflow as tf

    from keras_gen import weights

    vgg = keras.applications.VGG19(include_top=False, weights=None)
    known = weights.vgg19(flags.FLAGS.vgg_file)
    for layer in known.layers:
        if layer.weights:
            vgg.get_layer(layer.name).set_weights(layer.get_weights())
    vgg.trainable = False
    names = [*_STYLE_LAYERS, _CONTENT_LAYER]
    network = keras.Model(
        vgg.input, [vgg.get_layer(name).output for name in names]
    )

    def gram(x):
        result = tf.linalg.einsum("bijc,bijd->bcd", x, x)
        shape = tf.shape(x)
        return result / tf.cast(shape[1] * shape[2], tf.float32)

    def extract(image):
        pixels = keras.applications.vgg19.preprocess_input(image * 255.0)
        *styles, content = network(pixels)
        return [gram(each) for each in styles], content

    return extract


def _define_flags() -> None:
    flags.DEFINE_string("vgg_file", None, "Of VGG-19.", required=True)
    flags.DEFINE_string("content", None, "A photograph.", required=True)
    flags.DEFINE_string("style", None, "A style image.", required=True)
    flags.DEFINE_integer("size", 256, "Pixels of a side.")
    flags.DEFINE_integer("steps", 3, "Of a measurement.")
    flags.DEFINE_integer("rounds", 5, "Pairs of measurements.")


if __name__ == "__main__":
    _define_flags()
    app.run(main)
