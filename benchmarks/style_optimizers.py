"""L-BFGS against Adam on the pixels of images, at equal numbers of evaluations.

    python -m benchmarks.style_optimizers --vgg_file=vgg19.npz \\
        --contents=a.jpg,b.jpg --styles=c.jpg,d.jpg --output=curves.png

paints each content in the style of the same place, from the content on, and
prints the losses: an evaluation takes a second at 256 pixels on two cores.
Needs matplotlib.
"""

from absl import app, flags

from benchmarks import drawing
from keras_gen import console


def main(argv: list[str]) -> None:
    """Pairs of images -> losses and a picture of curves."""
    del argv
    console.import_tensorflow()
    import keras_gen
    from keras_gen import data, weights

    chosen = flags.FLAGS
    config = keras_gen.NeuralStyleTransferConfig()
    vgg = weights.vgg19(chosen.vgg_file, config.layers, pooling="avg")
    model = keras_gen.NeuralStyleTransfer(config, features=vgg)
    size = (chosen.size, chosen.size)
    pairs = zip(chosen.contents, chosen.styles, strict=True)
    count = "evaluations of loss and gradient"
    with drawing.curves(chosen.output, count, "loss") as axes:
        axes.set_yscale("log")
        for index, paths in enumerate(pairs):
            pair = [data.read_image(each, image_size=size) for each in paths]
            curves = _curves(model, *pair)
            (count, lbfgs), (same, adam) = (x[-1] for x in curves.values())
            print(
                f"pair {index + 1}: L-BFGS {lbfgs:.4f} after {count} "
                f"evaluations, Adam {adam:.4f} after {same}",
                flush=True,
            )
            _draw(axes, index, curves)


def _curves(model, content, style):
    """{optimizer: [(evaluations, loss)]}."""
    import keras

    curves = {}

    def paint(name, **options):
        points = curves[name] = []
        model.stylize(
            content,
            style,
            watch=lambda found: points.append(
                (int(found.num_evaluations), float(found.loss))
            ),
            every=5,
            **options,
        )
        return points[-1][0]

    count = paint("L-BFGS", num_steps=flags.FLAGS.num_steps)
    adam = keras.optimizers.Adam(flags.FLAGS.learning_rate)
    paint("Adam", num_steps=count - 1, optimizer=adam)  # And the start.
    return curves


def _draw(axes, index, curves):
    for (name, points), style in zip(curves.items(), "-:", strict=True):
        label = None if index else name
        points = zip(*points, strict=True)
        axes.plot(*points, style, color=f"C{index}", label=label)


def _define_flags() -> None:
    flags.DEFINE_string("vgg_file", None, "Of VGG-19.", required=True)
    flags.DEFINE_list("contents", None, "Photographs.", required=True)
    flags.DEFINE_list("styles", None, "A style for each.", required=True)
    flags.DEFINE_string("output", None, "The PNG file to write.", required=True)
    flags.DEFINE_integer("size", 256, "Pixels of a side.")
    flags.DEFINE_integer("num_steps", 60, "Of L-BFGS.")
    flags.DEFINE_float("learning_rate", 0.04, "Of Adam.")


if __name__ == "__main__":
    _define_flags()
    app.run(main)
