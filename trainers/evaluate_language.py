"""Measures a language model on a text.

    python -m trainers.evaluate_language --model=runs/shakespeare/model.keras

prints what a token and a character of the test split cost, and writes it beside
the model as `metrics.json`. Every token is predicted once, from what stands
before it in its window, so the first of a window has little to go by.
"""

import json
import math
import pathlib
from typing import Any

from absl import app, flags

from keras_gen import console


def measure(model: Any, text: str, batch_size: int) -> dict[str, float]:
    """Nats, bits and perplexity.

    Args:
        model: a compiled LanguageModel.
        text: as many windows of which are taken as there are.
        batch_size: windows at once.

    Returns:
        {name: value}.

    Raises:
        ValueError: the text has characters that the model does not know, or is
            shorter than a window.
    """
    from keras_gen.data import windows

    length = model.config.length
    tokens = model.tokenizer.encode(text)
    batches = windows.pipeline(tokens, length, batch_size, repeat=False)
    nats = float(model.evaluate(batches, verbose=0))
    predicted = (len(tokens) - 1) // length * length
    characters = len(model.tokenizer.decode(tokens[1 : predicted + 1]))
    per_character = nats * predicted / characters
    return {
        "nats_per_token": nats,
        "nats_per_character": per_character,
        "bits_per_character": per_character / math.log(2),
        "perplexity": math.exp(nats),
        "num_tokens": predicted,
        "num_characters": characters,
    }


def main(argv: list[str]) -> None:
    """model.keras + text -> metrics.json."""
    del argv
    chosen = flags.FLAGS
    with console.explained():
        import keras_gen  # Late: `--help` need not wait for TensorFlow.
        from keras_gen import artifacts
        from keras_gen.data import texts

        model = keras_gen.load(chosen.model)
        writes = hasattr(getattr(model, "tokenizer", None), "to_texts")
        if "tokens" not in model.batch_spec or not writes:
            raise ValueError(
                "`model` must be a language model of text. Received: "
                f"{type(model).__name__}. Use trainers.evaluate for images, "
                "trainers.evaluate_music for music."
            )
        text = texts.load(chosen.dataset, chosen.split, chosen.data_dir or None)
        results = measure(model, text.text, chosen.batch_size)
        protocol = {
            "model": chosen.model,
            "dataset": text.name,
            "split": text.split,
            "window": model.config.length,
        }
        beside = pathlib.Path(chosen.model).parent / "metrics.json"
        output = pathlib.Path(chosen.output or beside)
        with artifacts.atomic_file(output, seal=False) as temporary:
            written = {"protocol": protocol, "metrics": results}
            temporary.write_text(json.dumps(written, indent=2) + "\n")
        print(
            f"{text.name} ({text.split}), windows of {model.config.length} "
            "tokens side by side:"
        )
        for name, value in results.items():
            print(f"  {name:20} {value:14,.4f}")
        print(f"Wrote {output}.")


def _define_flags() -> None:
    flags.DEFINE_string("model", None, "A model.keras.", required=True)
    flags.DEFINE_string(
        "output", "", "The JSON file; metrics.json beside the model if empty."
    )
    flags.DEFINE_string("dataset", "shakespeare", "What to measure on.")
    flags.DEFINE_string("data_dir", "", "Where a file of your own is.")
    flags.DEFINE_enum("split", "test", ["train", "test"], "Of the text.")
    flags.DEFINE_integer("batch_size", 64, "Windows at once.", lower_bound=1)


if __name__ == "__main__":
    _define_flags()
    app.run(main)
