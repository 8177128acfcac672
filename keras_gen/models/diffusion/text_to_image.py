"""What a latent diffusion model can be asked, in Python and on a server.

One graph for servers, with the tokenizer in it:

    text_to_image   prompt, negative prompt, guidance, seed -> PNG file

and its parts, for small memory and for phones, where the host runs the loop:

    tokenize        prompt -> tokens, and how many did not fit
    encode_text     tokens -> context
    start           seed -> x at the top, and the sigmas to go down
    denoise         x, sigma, context -> the best guess of latent maps
    decode          latent maps -> image
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gen import endpoint, spec
from keras_gen.models.diffusion import drawing, solvers
from keras_gen.ops import images as image_ops
from keras_gen.ops import seeds
from keras_gen.tokenizers import ClipTokenizer, clip_vocabulary

_HIGHEST_SCALE = 50.0
# Random scales would be large ones, which enlarge what floats lose.
_EXAMPLE = {
    "guidance_scale": np.array([2.0, 4.0], np.float32),
    "seed": np.array([0, 1], np.int32),
}


def generate(
    model: Any,
    prompts: Sequence[str],
    seed: int = 0,
    *,
    negative_prompts: Sequence[str] | str = "",
    guidance_scale: float | None = None,
    num_steps: int | None = None,
    solver: str | solvers.Solver | None = None,
    image_size: Sequence[int] | None = None,
    jit_compile: bool = False,
) -> tf.Tensor:
    """New images of prompts; image i has seed + i.

    Args:
        model: a LatentDiffusion.
        prompts: [B] texts. What does not fit is cut, with a warning.
        seed: of the first.
        negative_prompts: what is not wanted; one for all, or [B].
        guidance_scale: the Config's where None.
        num_steps: the Config's where None.
        solver: a name in SOLVERS or one of your own; the Config's where None.
        image_size: (H, W); the Config's where None.
        jit_compile: whether XLA compiles the way for this number of images:
            ten seconds or more at first, then, for one or two at a time on a
            CPU, about half the time.

    Returns:
        [B, H, W, C] float32 in [-1, 1].

    Raises:
        TypeError: `prompts` is one text.
        ValueError: a text is not UTF-8, or a number is out of range.
    """
    config = model.config
    tokenizer = ClipTokenizer(config.prompt_length)
    tokens = tokenizer(prompts)
    if isinstance(negative_prompts, str):
        negative_prompts = [negative_prompts] * len(tokens)
    negative = tokenizer(negative_prompts)
    if len(negative) != len(tokens):
        raise ValueError(
            f"`negative_prompts` must be one text or {len(tokens)}, as there "
            f"are prompts. Received: {len(negative)}."
        )
    scale = config.guidance_scale if guidance_scale is None else guidance_scale
    plan = drawing.plan(
        config, model.process.schedule, num_steps=num_steps, solver=solver
    )
    shape = _latent_shape(model, image_size)
    scale = float(scale)

    def draw(tokens, negative, seed):
        return model.draw(tokens, negative, scale, seed, plan, shape)

    row_seeds = tf.range(seed, seed + len(tokens))
    program = model.program((plan, scale, shape), draw, jit_compile)
    return program(tf.constant(tokens), tf.constant(negative), row_seeds)


def endpoints(model: Any) -> dict[str, endpoint.Endpoint]:
    """{name: Endpoint} of a LatentDiffusion."""
    return {
        "text_to_image": _text_to_image(model),
        "generate": _generate(model),
        "tokenize": _tokenize(model),
        "encode": endpoint.Endpoint(
            lambda images: {"latent": model.latent_of(images)},
            {"images": model.image_spec},
            {"latent": _latent(model)},
            "Latent maps of images.",
            mobile=False,  # Phones draw.
        ),
        **_parts(model),
    }


def _text_to_image(model) -> endpoint.Endpoint:
    text = spec.Spec((), "string", doc="UTF-8 text.")

    def text_to_image(prompt, negative_prompt, guidance_scale, seed):
        tokens = model.tokenizer(prompt).ids
        negative = model.tokenizer(negative_prompt).ids
        images = model.draw(tokens, negative, guidance_scale, seed)
        return {"images_bytes": image_ops.encode_png(images)}

    return endpoint.Endpoint(
        text_to_image,
        {
            "prompt": text,
            "negative_prompt": text,
            "guidance_scale": _scale(),
            "seed": _seed(),
        },
        {"images_bytes": spec.Spec((), "string", doc="A PNG file.")},
        "New images of prompts as PNG files.",
        mobile=False,
        example={
            "prompt": np.array([b"cat", b"dog"], object),
            "negative_prompt": np.array([b"", b"cat"], object),
            **_EXAMPLE,
        },
    )


def _generate(model) -> endpoint.Endpoint:
    tokenizer = ClipTokenizer(model.config.prompt_length)

    def generate(tokens, negative_tokens, guidance_scale, seed):
        found = model.draw(tokens, negative_tokens, guidance_scale, seed)
        return {"images": found}

    return endpoint.Endpoint(
        generate,
        {
            "tokens": _tokens(model),
            "negative_tokens": _tokens(model),
            "guidance_scale": _scale(),
            "seed": _seed(),
        },
        {"images": model.image_spec},
        "New images of tokens.",
        mobile=False,  # A phone runs the loop, with a third of the memory.
        example={
            "tokens": tokenizer(["cat", "dog"]),
            "negative_tokens": tokenizer(["", "cat"]),
            **_EXAMPLE,
        },
    )


def _tokenize(model) -> endpoint.Endpoint:
    def tokenize(prompt):
        found = model.tokenizer(prompt)
        return {"tokens": found.ids, "num_cut": found.num_cut}

    return endpoint.Endpoint(
        tokenize,
        {"prompt": spec.Spec((), "string", doc="UTF-8 text.")},
        {
            "tokens": _tokens(model),
            "num_cut": spec.Spec((), "int32", 0, doc="Tokens without room."),
        },
        "Tokens of prompts, and how many did not fit.",
        mobile=False,
    )


def _parts(model) -> dict[str, endpoint.Endpoint]:
    """What a host needs to run the loop."""
    return {
        "encode_text": endpoint.Endpoint(
            lambda tokens: {"context": model.context_of(tokens)},
            {"tokens": _tokens(model)},
            {"context": _context(model)},
            "The context of a prompt.",
        ),
        "start": _start(model),
        "denoise": _denoise(model),
        "decode": endpoint.Endpoint(
            lambda latent: {"images": model.images_of(latent)},
            {"latent": _latent(model)},
            {"images": model.image_spec},
            "Images of latent maps.",
        ),
    }


def _start(model) -> endpoint.Endpoint:
    plan = drawing.plan(model.config, model.process.schedule)
    sigmas = spec.Spec((len(plan.sigmas),), doc="The way down, 0 the last.")

    def start(seed):
        noise = seeds.normal(seed, model.latent_shape)
        rows = tf.shape(seed)[0]
        grid = tf.tile(tf.constant([plan.sigmas]), (rows, 1))
        return {"x": plan.sigmas[0] * noise, "sigmas": grid}

    return endpoint.Endpoint(
        start,
        {"seed": _seed()},
        {"x": _noisy(model), "sigmas": sigmas},
        "Noise to start from, and the way down.",
    )


def _denoise(model) -> endpoint.Endpoint:
    schedule = model.process.schedule
    sigma = spec.Spec(
        (),
        "float32",
        schedule.lowest,
        schedule.highest,
        "Standard deviation of the noise.",
    )

    def denoise(x, sigma, context):
        return {"latent": model.denoise(x, sigma, context)}

    return endpoint.Endpoint(
        denoise,
        {"x": _noisy(model), "sigma": sigma, "context": _context(model)},
        {"latent": _latent(model)},
        "The best guess of latent maps below noise.",
    )


def _latent_shape(model, image_size) -> tuple[int, ...]:
    height, width, channels = model.config.image_shape
    rows, columns, size = model.latent_shape
    if image_size is None:
        return rows, columns, size
    down = height // rows
    step = down * 2 ** (len(model.config.widths) - 1)
    if len(image_size) != 2 or any(x < step or x % step for x in image_size):
        raise ValueError(
            f"`image_size` must be (H, W) that both divide by {step}, the "
            "halvings of autoencoder and U-Net. Received: "
            f"{tuple(image_size)}."
        )
    return image_size[0] // down, image_size[1] // down, size


def _latent(model) -> spec.Spec:
    return spec.Spec(model.latent_shape, doc="Latent maps.")


def _noisy(model) -> spec.Spec:
    return spec.Spec(model.latent_shape, doc="Latent maps and sigma noise.")


def _context(model) -> spec.Spec:
    shape = model.config.prompt_length, model.config.text_width
    return spec.Spec(shape, doc="Context of a prompt.")


def _tokens(model) -> spec.Spec:
    last = clip_vocabulary.SIZE - 1
    shape = (model.config.prompt_length,)
    return spec.Spec(shape, "int32", 0, last, "Tokens of a prompt.")


def _scale() -> spec.Spec:
    doc = "How far images are driven to the prompt; 1 is not at all."
    return spec.Spec((), "float32", 0.0, _HIGHEST_SCALE, doc)


def _seed() -> spec.Spec:
    return spec.Spec((), "int32", doc="Equal seeds give equal images.")
