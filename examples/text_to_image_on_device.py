"""Text to image as a phone does it: three graphs, and a loop of the host.

    python -m export.saved_model --output=models/emoji \\
        --model=runs/text_to_image/model.keras
    python -m export.tflite --saved_model=models/emoji/1 --output=emoji.tflite
    python -m examples.text_to_image_on_device --tflite=emoji.tflite \\
        --prompt="red heart" --output=heart.png

Nothing here needs TensorFlow: LiteRT runs the graphs, the host goes from sigma
to sigma by DPM-Solver++ 2M (Lu et al. 2022, arXiv 2211.01095, Algorithm 2), the
solver that a server uses unless told otherwise. The picture is that of the
server for the same prompt, seed and scale.
"""

from typing import Any

import numpy as np
from absl import app, flags


def draw(
    signature: Any, prompt: str, negative: str, scale: float, seed: int
) -> np.ndarray:
    """An image [H, W, C] in [-1, 1].

    Args:
        signature: name to what runs it, as `get_signature_runner` of LiteRT.
        prompt: what is wanted.
        negative: what is not.
        scale: of guidance; 1 is none.
        seed: equal seeds give equal images.
    """
    from keras_gen import tokenizers

    encode = signature("encode_text")
    length = encode.get_input_details()["tokens"]["shape"][1]
    tokens = tokenizers.ClipTokenizer(length)([prompt, negative])
    contexts = encode(tokens=tokens)["context"]  # [2, T, D]
    start = signature("start")(seed=np.array([seed], np.int32))
    x, sigmas = start["x"], start["sigmas"][0]
    ask = signature("denoise")

    def guess(x, sigma):
        twice = np.concatenate([x, x])
        both = np.full(2, sigma, np.float32)
        wanted, plain = ask(x=twice, sigma=both, context=contexts)["latent"]
        return (plain + scale * (wanted - plain))[np.newaxis]

    latent = dpmpp_2m(guess, x, sigmas)
    return signature("decode")(latent=latent)["images"][0]


def dpmpp_2m(guess: Any, x: np.ndarray, sigmas: np.ndarray) -> np.ndarray:
    """x at sigma 0, of x [1, ...] at the first of `sigmas`.

    Args:
        guess: (x, sigma) to the best guess of x at sigma 0.
        x: [1, ...].
        sigmas: [S + 1], falling, 0 the last.
    """
    before, length_before = None, None
    for sigma, lower in zip(sigmas[:-2], sigmas[1:-1], strict=True):
        found = guess(x, sigma)
        length = np.log(sigma / lower)
        mixed = found
        if before is not None:
            weight = 0.5 * length / length_before
            mixed = (1 + weight) * found - weight * before
        share = lower / sigma
        x = (share * x + (1 - share) * mixed).astype(np.float32)
        before, length_before = found, length
    return guess(x, sigmas[-2])


def main(argv: list[str]) -> None:
    """prompt -> LiteRT -> PNG."""
    del argv
    import PIL.Image

    from export import tflite

    interpreter = tflite.open_interpreter(flags.FLAGS.tflite)
    image = draw(
        interpreter.get_signature_runner,
        flags.FLAGS.prompt,
        flags.FLAGS.negative_prompt,
        flags.FLAGS.guidance_scale,
        flags.FLAGS.seed,
    )
    levels = np.round((image + 1) * 127.5).clip(0, 255).astype(np.uint8)
    if levels.shape[-1] == 1:
        levels = levels[..., 0]
    PIL.Image.fromarray(levels).save(flags.FLAGS.output)
    print(f"Wrote {flags.FLAGS.output}.")


def _define_flags() -> None:
    flags.DEFINE_string("tflite", None, "A .tflite file.", required=True)
    flags.DEFINE_string("prompt", None, "What is wanted.", required=True)
    flags.DEFINE_string("negative_prompt", "", "What is not.")
    flags.DEFINE_string("output", None, "The PNG file to write.", required=True)
    flags.DEFINE_float("guidance_scale", 4.0, "1 is none.", lower_bound=0.0)
    flags.DEFINE_integer("seed", 0, "Equal seeds give equal images.")


if __name__ == "__main__":
    _define_flags()
    app.run(main)
