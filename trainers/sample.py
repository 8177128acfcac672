"""Draws pictures with a trained model.

    python -m trainers.sample --model=runs/vae/model.keras --output=out.png

writes a sheet of images for seeds 0, 1, 2, ...: a few seconds. With

    --mode=reconstruct   each image of a data set beside what the model makes
    --mode=interpolate   the way from one image to another, a row for a pair
    --mode=path          the way of a diffusion model from noise to images; GIF
    --mode=complete      images whose lower half a pixel model draws: the whole
                         one, what was given, and several completions

a model that encodes needs images: --dataset, the digits of the package if none
is named. One that only generates goes from one latent vector to another.

A language model goes on with texts:

    python -m trainers.sample --model=runs/shakespeare/model.keras --num=1 \\
        --prompt="ROMEO:" --num_tokens=200 --temperature=0.8

and a model from text to text answers:

    python -m trainers.sample --model=runs/dates/model.keras \\
        --prompt="March 4, 1931"
"""

from typing import Any

from absl import app, flags

from keras_gen import console

MODES = ("generate", "reconstruct", "interpolate", "path", "complete")


def draw(
    model: Any,
    mode: str,
    num: int,
    *,
    seed: int = 0,
    num_steps: int = 10,
    originals: Any = None,
    labels: Any = None,
    prompts: list[str] | None = None,
) -> tuple[Any, int | None]:
    """Images of a sheet, and how many stand in a row.

    Args:
        model: with a method of the name `mode`.
        mode: one of MODES.
        num: images, or rows of an interpolation.
        seed: of the first generated image.
        num_steps: images in a row of an interpolation or a completion.
        originals: [num or 2 num, H, W, C] in [-1, 1]; for models that encode
            or complete.
        labels: [num] int32 of those that are completed, if there are classes.
        prompts: for a model that takes some; `num` images of each.

    Returns:
        ([B, H, W, C] in [-1, 1], columns or None for a square).

    Raises:
        ValueError: the model cannot do that.
    """
    if not hasattr(model, mode):
        others = ", ".join(each for each in MODES if hasattr(model, each))
        raise ValueError(
            f"`mode` {mode} needs a model that can {mode}. Received: "
            f"{type(model).__name__}, which can {others}."
        )
    if hasattr(model, "tokenizer"):
        if not prompts:
            raise ValueError(
                f"`prompt` is missing: {type(model).__name__} draws what is "
                'asked for. Give --prompt="red heart", once or more.'
            )
        repeated = [each for each in prompts for _ in range(num)]
        return model.generate(repeated, seed=seed), num
    if prompts:
        raise ValueError(
            "`prompt` needs a model of text to image. Received: "
            f"{type(model).__name__}. Leave it out."
        )
    if mode == "generate":
        return model.generate(num, seed=seed), None
    if mode == "complete":
        return _halves(model, originals, num_steps, seed, labels), num_steps
    if mode == "reconstruct":
        return _pairs(model, originals), min(16, 2 * num)
    ways = _ways(model, num, num_steps, seed, originals)
    return ways.numpy().reshape(-1, *ways.shape[2:]), num_steps


def path(model: Any, num: int, seed: int, num_steps: int) -> list:
    """Frames of the way from noise to images, [H, W, C] uint8 each.

    Args:
        model: a Diffusion.
        num: images.
        seed: of the first.
        num_steps: of the way.

    Raises:
        ValueError: the model has no such way.
    """
    from keras_gen.ops import images as image_ops

    if not hasattr(model, "image_to_image"):
        raise ValueError(
            "`mode` path needs a diffusion model over images. Received: "
            f"{type(model).__name__}."
        )
    way = model.generate(num, seed=seed, num_steps=num_steps, every=True)
    sheets = (image_ops.sheet(each) for each in way)
    frames = [image_ops.to_uint8(each).numpy() for each in sheets]
    return [f[..., 0] if f.shape[-1] == 1 else f for f in frames]


def _pairs(model, originals) -> Any:
    """Each image, and beside it what the model makes of it."""
    import numpy as np  # Late: `--help` need not wait for it.

    pairs = np.stack([originals, model.reconstruct(originals)], axis=1)
    return pairs.reshape(-1, *pairs.shape[2:])


def _halves(model, originals, columns, seed, labels) -> Any:
    """Rows of images: the whole, the upper half, and completions.

    Grey is what was not given.
    """
    import numpy as np

    originals = np.asarray(originals)
    mask = np.zeros(originals.shape[1:3], bool)
    mask[: mask.shape[0] // 2] = True
    classes = {"label": labels} if model.config.num_classes else {}
    found = model.complete(originals, mask, columns - 2, seed, **classes)
    given = np.where(mask[..., np.newaxis], originals, 0.0)
    shown = [originals[:, np.newaxis], given[:, np.newaxis], found]
    found = np.concatenate(shown, axis=1)
    return found.reshape(-1, *originals.shape[1:])


def _ways(model, num, num_steps, seed, originals) -> Any:
    """Images [num, num_steps, H, W, C] on the ways between pairs."""
    if originals is not None:
        return model.interpolate(originals[::2], originals[1::2], num_steps)
    import numpy as np

    seeds = np.arange(seed, seed + 2 * num, dtype=np.int32)
    latent = model.latent_of(seeds)
    options = {}
    if getattr(model.config, "num_classes", 0):  # A class for each way.
        classes = np.arange(num) % model.config.num_classes
        options["label"] = np.repeat(classes, num_steps)
    return model.interpolate(latent[::2], latent[1::2], num_steps, **options)


def main(argv: list[str]) -> None:
    """model.keras -> images -> PNG."""
    del argv
    chosen = flags.FLAGS
    with console.explained():
        import keras_gen

        model = keras_gen.load(chosen.model)
        if {"tokens", "source"} & set(model.batch_spec):
            _write_texts(model)
            return
        if not chosen.output:
            raise ValueError(
                "`output` is missing: name the PNG or GIF file to write."
            )
        if chosen.mode == "path":
            frames = path(model, chosen.num, chosen.seed, chosen.num_steps)
            keras_gen.callbacks.write_gif(frames, chosen.output, hold=10)
            print(f"Wrote {chosen.output}.")
            return
        rows = {}
        if _needs_images(model, chosen.mode):
            pairs = chosen.mode == "interpolate"
            rows = _originals(model, chosen.num * 2 if pairs else chosen.num)
        images, columns = draw(
            model,
            chosen.mode,
            chosen.num,
            seed=chosen.seed,
            num_steps=chosen.num_steps,
            originals=rows.get("images"),
            labels=rows.get("labels"),
            prompts=chosen.prompt,
        )
        keras_gen.callbacks.write_sheet(images, chosen.output, columns)
        print(f"Wrote {chosen.output}.")


def _write_texts(model: Any) -> None:
    """Prints what a model of text writes, or puts it into a file."""
    import pathlib

    from trainers import text_samples

    chosen = flags.FLAGS
    found = text_samples.answers(
        model,
        chosen.prompt,
        chosen.num,
        chosen.num_tokens,
        chosen.seed,
        chosen.temperature,
    )
    found = ("\n" + 72 * "-" + "\n").join(found)
    if not chosen.output:
        print(found)
        return
    pathlib.Path(chosen.output).write_text(found + "\n", encoding="utf-8")
    print(f"Wrote {chosen.output}.")


def _needs_images(model: Any, mode: str) -> bool:
    if mode == "complete":
        return hasattr(model, "complete")
    return mode != "generate" and hasattr(model, "reconstruct")


def _originals(model: Any, num: int) -> Any:
    """The first `num` images of the test split, with labels if need be."""
    from keras_gen import data

    examples = data.load(
        flags.FLAGS.dataset, "test", data_dir=flags.FLAGS.data_dir or None
    )
    if num > len(examples):
        raise ValueError(
            f"`num` asks for {num} images of {len(examples)}. Ask for fewer."
        )
    batches = data.pipeline(
        examples,
        num,
        repeat=False,
        binarization=flags.FLAGS.binarization,
        with_labels="labels" in model.batch_spec,
    )
    return next(iter(batches))


def _define_flags() -> None:
    flags.DEFINE_string("model", None, "A model.keras.", required=True)
    flags.DEFINE_string(
        "output", "", "The PNG or GIF file to write; texts may be printed."
    )
    flags.DEFINE_enum("mode", "generate", MODES, "What to draw.")
    flags.DEFINE_integer(
        "num", 64, "Images, or rows of an interpolation.", lower_bound=1
    )
    flags.DEFINE_integer("seed", 0, "Of the first image.")
    flags.DEFINE_integer(
        "num_steps",
        10,
        "Images in a row of an interpolation or completion, steps of a path.",
        lower_bound=2,
    )
    flags.DEFINE_multi_string(
        "prompt",
        [],
        "What to draw or to go on with, `num` times each; may be repeated.",
    )
    flags.DEFINE_integer(
        "num_tokens", 200, "Tokens of a text, at most.", lower_bound=1
    )
    flags.DEFINE_float(
        "temperature", None, "Of texts; the model's own if not given."
    )
    flags.DEFINE_string("dataset", "digits", "Where images come from.")
    flags.DEFINE_enum(
        "binarization",
        "none",
        ["none", "threshold", "fixed", "dynamic"],
        "Of those images. Use that of the training.",
    )
    flags.DEFINE_string("data_dir", "", "Where the data are.")


if __name__ == "__main__":
    _define_flags()
    app.run(main)
