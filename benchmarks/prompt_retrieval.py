"""Do images of prompts show what was asked for? Another network tells.

    python -m benchmarks.prompt_retrieval --dataset=folder --data_dir=emoji \
        --model=runs/text_to_image/model.keras --output=prompts.png

trains an image-text scorer on the training split, a minute or two on two CPU
cores, which knows nothing of the model. Then the model draws the prompts of the
test split, the first caption of each image, and the scorer looks for the
caption of each image among ten: the right one and nine others of the split. It
prints how often it finds it, and how often it does with the real images of the
test split: that is the limit, as the scorer has not seen them either.

The share is exact, over all choices of the nine. The sheet shows for each
prompt a real image, then drawn ones at the last guidance; three prompts in a
row.
"""

import numpy as np
from absl import app, flags

from keras_gen import console

_MODEL = flags.DEFINE_string("model", None, "A model.keras.", required=True)
_DATASET = flags.DEFINE_string("dataset", "folder", "With captions.")
_DATA_DIR = flags.DEFINE_string("data_dir", "", "Where the data are.")
_CANDIDATES = flags.DEFINE_integer(
    "num_candidates",
    10,
    "Captions among which the right one is.",
    lower_bound=2,
)
_IMAGES = flags.DEFINE_integer(
    "images_per_prompt", 4, "Drawn images.", lower_bound=1
)
_SCALES = flags.DEFINE_multi_float(
    "guidance_scale", [], "The model's own where not given; several do."
)
_STEPS = flags.DEFINE_integer("num_steps", None, "The model's where not given.")
_EPOCHS = flags.DEFINE_integer(
    "num_epochs", 20, "Of the scorer's training.", lower_bound=1
)
_SEED = flags.DEFINE_integer("seed", 0, "Of the scorer and of the images.")
_OUTPUT = flags.DEFINE_string("output", "", "PNG, or none.")
_SHOWN = flags.DEFINE_integer("num_shown", 24, "Prompts on the sheet.")

_ROWS_AT_ONCE = 100
_PROMPTS_IN_A_ROW = 3


def main(argv: list[str]) -> None:
    """Prints the shares and writes the sheet."""
    del argv
    console.import_tensorflow()
    with console.explained():
        _measure()


def _measure() -> None:
    import keras_gen
    from benchmarks import image_text_scorer

    model = keras_gen.load(_MODEL.value)
    train, test = (
        keras_gen.data.load(
            _DATASET.value, split, data_dir=_DATA_DIR.value or None
        )
        for split in ("train", "test")
    )
    prompts, right = _prompts(test)
    length = model.config.prompt_length
    see, read = image_text_scorer.train(
        train, length, _EPOCHS.value, _SEED.value
    )
    tokens = keras_gen.tokenizers.ClipTokenizer(length)(prompts)
    texts = read.predict(tokens, verbose=0)

    def tell(name, images, right):
        vectors = see.predict(images, batch_size=_ROWS_AT_ONCE, verbose=0)
        found = image_text_scorer.retrieval(
            vectors, texts, right, _CANDIDATES.value
        )
        print(f"{name:24} {100 * found:5.1f} %", flush=True)

    print(f"{'chance':24} {100 / _CANDIDATES.value:5.1f} %")
    real = (test.images / 127.5 - 1.0).astype(np.float32)
    tell("real test images", real, right)
    for scale in _SCALES.value or [model.config.guidance_scale]:
        drawn = _draw(model, prompts, scale)
        tell(
            f"drawn, guidance {scale:g}",
            drawn.reshape(-1, *drawn.shape[2:]),
            np.repeat(np.arange(len(prompts)), _IMAGES.value),
        )
    if _OUTPUT.value:
        first = [int(np.argmax(right == row)) for row in range(len(prompts))]
        rows = np.concatenate([real[first][:, None], drawn], axis=1)
        _show(rows[: _SHOWN.value], prompts)


def _prompts(test) -> tuple[list[str], np.ndarray]:
    """The different prompts of a split, and which one each image has."""
    texts = [each[0] for each in test.require_captions()]
    prompts = list(dict.fromkeys(texts))
    if len(prompts) < _CANDIDATES.value:
        raise ValueError(
            "`num_candidates` must be at most the number of different prompts, "
            f"{len(prompts)}. Received: {_CANDIDATES.value}."
        )
    return prompts, np.array([prompts.index(each) for each in texts])


def _draw(model, prompts: list[str], scale: float) -> np.ndarray:
    """[prompts, images of each, H, W, C]."""
    asked = [each for each in prompts for _ in range(_IMAGES.value)]
    parts = [
        model.generate(
            asked[first : first + _ROWS_AT_ONCE],
            seed=_SEED.value + first,
            guidance_scale=scale,
            num_steps=_STEPS.value,
        )
        for first in range(0, len(asked), _ROWS_AT_ONCE)
    ]
    images = np.concatenate(parts)
    return images.reshape(len(prompts), _IMAGES.value, *images.shape[1:])


def _show(groups: np.ndarray, prompts: list[str]) -> None:
    """Writes the sheet and prints what is on it."""
    import keras_gen

    keras_gen.callbacks.write_sheet(
        groups.reshape(-1, *groups.shape[2:]),
        _OUTPUT.value,
        _PROMPTS_IN_A_ROW * groups.shape[1],
    )
    shown = prompts[: len(groups)]
    for first in range(0, len(shown), _PROMPTS_IN_A_ROW):
        print(" | ".join(shown[first : first + _PROMPTS_IN_A_ROW]))


if __name__ == "__main__":
    app.run(main)
