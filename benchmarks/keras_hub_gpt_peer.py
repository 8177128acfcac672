"""GPT-2 of `token_speed`, by KerasHub on TensorFlow.

Run by its path, so that what is beside it can be imported.
"""

import keras
import keras_hub
import numpy as np
import peers

_LENGTH, _WIDTH, _LAYERS, _HEADS, _SIZE = 256, 384, 6, 6, 65


def main() -> None:
    """Answers tasks until the input ends."""
    peers.answer(_tasks())


def _tasks() -> dict:
    """{name: function}."""
    keras.utils.set_random_seed(0)
    backbone = keras_hub.models.GPT2Backbone(
        vocabulary_size=_SIZE,
        num_layers=_LAYERS,
        num_heads=_HEADS,
        hidden_dim=_WIDTH,
        intermediate_dim=4 * _WIDTH,
        dropout=0.0,
        max_sequence_length=_LENGTH,
    )
    model = keras_hub.models.GPT2CausalLM(backbone, preprocessor=None)
    model.compile(
        optimizer=keras.optimizers.Adam(1e-4),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        sampler="greedy",
        jit_compile=True,
    )
    random = np.random.default_rng(0)
    windows = random.integers(_SIZE, size=(16, _LENGTH), dtype=np.int32)
    inputs = {"token_ids": windows, "padding_mask": np.ones_like(windows)}

    def decode(rows):
        tokens = np.zeros((rows, _LENGTH), np.int32)
        tokens[:, 0] = 33
        mask = np.zeros_like(tokens)
        mask[:, 0] = 1
        given = {"token_ids": tokens, "padding_mask": mask}
        model.generate(given, stop_token_ids=None)

    def train():
        model.fit(inputs, np.roll(windows, -1, 1), batch_size=16, verbose=0)

    return {
        "decode_1": lambda: decode(1),
        "decode_16": lambda: decode(16),
        "train": train,
    }


if __name__ == "__main__":
    main()
