"""What is left of a photograph, by the layer that sees the content.

    python -m benchmarks.content_layers --vgg_file=vgg19.npz \\
        --lpips_file=lpips_alex.npz --content=photo.jpg --style=painting.jpg \\
        --output=layers.png

paints the same pair with each layer, and prints how far the picture is from
the photograph by LPIPS: the first layer keeps pixels, the last one objects.
Minutes a layer at 256 pixels.
"""

from absl import app, flags

from keras_gen import console


def main(argv: list[str]) -> None:
    """A pair of images -> distances and a sheet."""
    del argv
    console.import_tensorflow()
    import numpy as np

    import keras_gen
    from keras_gen import data, losses, weights

    chosen = flags.FLAGS
    size = (chosen.size, chosen.size)
    content, style = (
        data.read_image(each, image_size=size)
        for each in (chosen.content, chosen.style)
    )
    lpips = weights.lpips_alexnet(chosen.lpips_file)
    distance = losses.perceptual.lpips(*lpips)
    images = [content]
    for layer in chosen.layers:
        config = keras_gen.NeuralStyleTransferConfig(
            content_layers=layer, style_weight=chosen.style_weight
        )
        vgg = weights.vgg19(chosen.vgg_file, config.layers, pooling="avg")
        model = keras_gen.NeuralStyleTransfer(config, features=vgg)
        painted = model.stylize(content, style, num_steps=chosen.num_steps)
        far = float(distance(content, painted)[0])
        print(f"{layer}  LPIPS {far:.3f}", flush=True)
        images.append(painted)
    sheet = np.concatenate(images)
    keras_gen.callbacks.write_sheet(sheet, chosen.output, len(images))


def _define_flags() -> None:
    flags.DEFINE_string("vgg_file", None, "Of VGG-19.", required=True)
    flags.DEFINE_string("lpips_file", None, "Of LPIPS.", required=True)
    flags.DEFINE_string("content", None, "A photograph.", required=True)
    flags.DEFINE_string("style", None, "A style image.", required=True)
    flags.DEFINE_string("output", None, "The PNG file to write.", required=True)
    flags.DEFINE_list(
        "layers",
        [f"block{n}_conv1" for n in range(1, 6)],
        "That see the content, from the first to the last.",
    )
    flags.DEFINE_float("style_weight", 100.0, "beta.")
    flags.DEFINE_integer("size", 256, "Pixels of a side.")
    flags.DEFINE_integer("num_steps", 60, "Of L-BFGS.")


if __name__ == "__main__":
    _define_flags()
    app.run(main)
