"""Tokens a second: a transformer of 6 layers against GPT-2 of the same size.

    python -m venv torchenv && torchenv/bin/pip install torch transformers
    python -m benchmarks.token_speed --torch_python=torchenv/bin/python
    python -m venv hubenv && hubenv/bin/pip install keras-hub tensorflow-cpu
    python -m benchmarks.token_speed --hub_python=hubenv/bin/python

measures in turn, in two processes of which one waits, float32: greedy decoding
of 256 tokens, 384 wide, for one prompt and for sixteen, with the caches of both
sides, and a training step of 16 windows of 256 tokens. Prints the ratios of
seconds, theirs by ours: three minutes on two CPU cores for each peer.
"""

from absl import app, flags

from benchmarks import peers
from keras_gen import console

_TORCH = flags.DEFINE_string("torch_python", "", "With torch, transformers.")
_HUB = flags.DEFINE_string("hub_python", "", "With keras_hub on TensorFlow.")
_ROUNDS = flags.DEFINE_integer("rounds", 5, "Pairs of runs.", lower_bound=1)

_LENGTH, _WIDTH, _LAYERS, _HEADS = 256, 384, 6, 6
_BATCH = 16
_ALPHABET = "".join(map(chr, range(32, 97)))


def main(argv: list[str]) -> None:
    """Runs each peer in turn with this side."""
    del argv
    console.import_tensorflow()
    tasks = _tasks()
    for name, python, script in (
        ("torch", _TORCH.value, "torch_gpt_peer.py"),
        ("keras_hub", _HUB.value, "keras_hub_gpt_peer.py"),
    ):
        if not python:
            continue
        with peers.started(python, script) as peer:
            for task, run in tasks.items():
                peers.compare(task, 1, run, peer, _ROUNDS.value, name)


def _tasks() -> dict:
    """{name: function}, as of both peers."""
    import numpy as np

    import keras_gen

    model = keras_gen.TransformerLM(
        tokenizer="characters",
        alphabet=_ALPHABET,
        length=_LENGTH,
        width=_WIDTH,
        num_layers=_LAYERS,
        num_heads=_HEADS,
    )
    model.compile(keras_gen.Adam(1e-4))
    shape = (_BATCH, _LENGTH + 1)
    windows = np.random.default_rng(0).integers(65, size=shape, dtype=np.int32)

    def decode(rows):
        return model.generate(["A"] * rows, _LENGTH - 1, top_k=1)

    return {
        "decode_1": lambda: decode(1),
        "decode_16": lambda: decode(_BATCH),
        "train": lambda: model.fit(windows, batch_size=_BATCH, verbose=0),
    }


if __name__ == "__main__":
    app.run(main)
