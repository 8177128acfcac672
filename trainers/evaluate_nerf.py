"""Prints how near a NeRF's views are to photographs that it has not seen.

    python -m trainers.evaluate_nerf --model=runs/nerf/model.keras

renders every test view of the scene that ships, or of --data_dir, and prints
the means over views of PSNR and SSIM and, with --lpips_weights, of LPIPS on
AlexNet. A --sheet shows some views above their photographs.
"""

from typing import Any

from absl import app, flags

from keras_gen import console


def main(argv: list[str]) -> None:
    """Model and scene -> figures."""
    del argv
    with console.explained():
        _print(flags.FLAGS)


def _print(args: Any) -> None:
    import numpy as np

    import keras_gen  # Late: `--help` need not wait for TensorFlow.
    from keras_gen import callbacks
    from keras_gen.data import scenes

    model = keras_gen.load(args.model)
    if not isinstance(model, keras_gen.NeRF):
        raise ValueError(
            "`--model` must be a NeRF that `train_nerf` has trained. "
            f"Received: {type(model).__name__}."
        )
    scene = scenes.load(args.scene, args.split, args.data_dir or None)
    if scene.image_size != model.config.view_size:
        raise ValueError(
            "`--scene` must have images of the model's size "
            f"{list(model.config.view_size)}. Received "
            f"{list(scene.image_size)}."
        )
    white = model.config.white_background
    expected = scene.colors(white)
    found = model.render_path(scene.poses, scene.focal)["images"]
    found = np.clip(found, -1.0, 1.0)
    print(
        f"{len(found)} {scene.split} views of {scene.name}, "
        f"{scene.image_size[0]} x {scene.image_size[1]}, "
        f"{'white' if white else 'black'} background"
    )
    for name, values in _figures(found, expected, args.lpips_weights):
        print(f"{name:6} {np.mean(values):7.3f}")
    if args.sheet:
        some = slice(None, None, -(-len(found) // 6))
        pairs = np.concatenate([found[some], expected[some]])
        callbacks.write_sheet(pairs, args.sheet, len(pairs) // 2)


def _figures(found: Any, expected: Any, lpips_weights: str):
    """(name, values [N]) of each measure."""
    import tensorflow as tf

    from keras_gen import weights
    from keras_gen.losses import perceptual
    from trainers import scene_loop

    yield "PSNR", scene_loop.psnr(found, expected)
    yield "SSIM", tf.image.ssim(found, expected, 2.0).numpy()
    if lpips_weights:
        distance = perceptual.lpips(*weights.lpips_alexnet(lpips_weights))
        yield "LPIPS", distance(found, expected).numpy()


def _define_flags() -> None:
    flags.DEFINE_string("model", None, "A model.keras.", required=True)
    flags.DEFINE_string("scene", "analytic", "Name of the scene.")
    flags.DEFINE_string("data_dir", "", "Where its views are.")
    flags.DEFINE_string("split", "test", "Which of its views.")
    flags.DEFINE_string("lpips_weights", "", "File of LPIPS on AlexNet.")
    flags.DEFINE_string("sheet", "", "File of a PNG, if wanted.")


if __name__ == "__main__":
    _define_flags()
    app.run(main)
