"""A U-Net of Stable Diffusion's kind against diffusers, on the CPU.

    python -m venv torchenv && torchenv/bin/pip install diffusers torch
    python -m benchmarks.diffusers_speed --peer_python=torchenv/bin/python
    python -m benchmarks.diffusers_speed --peer_python=torchenv/bin/python \\
        --precision=bfloat16

measures in turn, in two processes of which one waits: the forward pass and a
training step of some latent maps, and sampling by 50 steps of DDIM with
guidance for one image, here compiled by XLA as `generate(jit_compile=True)`
is. PyTorch's network is channels-last, as is TensorFlow's; in bfloat16 weights
are so, too, but in training, on both sides.
Prints the ratios of seconds, theirs by ours: two minutes on two CPU cores.

    --network=emoji   32 maps 16x16x4, 28 tokens, widths 64,128,128, attention
                      at 8x8 and 4x4: that of docs/text_to_image.md
    --network=wide    8 maps 32x32x4, 16 tokens, widths 64,128, attention at
                      32x32 and 16x16, the larger with 1024 tokens
"""

import functools
import json

from absl import app, flags

from benchmarks import peers
from keras_gen import console

_PEER = flags.DEFINE_string(
    "peer_python", None, "A Python with torch and diffusers.", required=True
)
_ROUNDS = flags.DEFINE_integer("rounds", 9, "Pairs of runs.", lower_bound=1)
_PRECISION = flags.DEFINE_enum(
    "precision", "float32", ["float32", "bfloat16"], "Of both."
)
_NETWORK = flags.DEFINE_enum("network", "emoji", ["emoji", "wide"], "Sizes.")

_CHANNELS, _NUM_STEPS, _SCALE = 4, 50, 4.0
_SIZES = {
    "emoji": {
        "batch": 32,
        "size": 16,
        "tokens": 28,
        "context": 128,
        "widths": (64, 128, 128),
        "attention": (1, 2),
    },
    "wide": {
        "batch": 8,
        "size": 32,
        "tokens": 16,
        "context": 64,
        "widths": (64, 128),
        "attention": (0, 1),
    },
}
# Calls in one measurement, so that each takes about a second.
_CALLS = {"forward": 10, "train": 4, "sample": 1}


def main(argv: list[str]) -> None:
    """Runs both in turn and prints the ratios."""
    del argv
    console.import_tensorflow()
    sizes = _SIZES[_NETWORK.value]
    ours = _tasks(**sizes)
    with peers.started(
        _PEER.value, "diffusers_peer.py", _PRECISION.value, json.dumps(sizes)
    ) as peer:
        for name, calls in _CALLS.items():
            peers.compare(
                name, calls, ours[name], peer, _ROUNDS.value, "diffusers"
            )


def _tasks(batch, size, tokens, context, widths, attention) -> dict:
    """{name: function} of the same tasks as `diffusers_peer`."""
    import tensorflow as tf

    from keras_gen import networks

    low = _PRECISION.value == "bfloat16"
    shape = (size, size, _CHANNELS)
    make = functools.partial(
        networks.unet,
        shape,
        widths=widths,
        num_blocks=1,
        attention_levels=attention,
        num_heads=4,
        num_groups=8,
        context_size=context,
    )
    network = make(dtype=_PRECISION.value)
    learning = make(dtype="mixed_bfloat16" if low else "float32")
    x = tf.random.normal((batch, *shape))
    texts = tf.random.normal((batch, tokens, context))
    given = [x, tf.range(batch, dtype=tf.float32), texts]
    forward = tf.function(lambda: network(given))
    # As of `generate(jit_compile=True)`.
    sample = tf.function(
        lambda: _sample(network, texts, shape), jit_compile=True
    )
    # Reading a result waits for it.
    return {
        "forward": lambda: forward().numpy(),
        "train": _training(learning, given),
        "sample": lambda: sample().numpy(),
    }


def _training(network, given):
    """A step of Adam towards x."""
    import tensorflow as tf

    from keras_gen import optimizers

    optimizer = optimizers.Adam(1e-4)
    variables = network.trainable_variables
    optimizer.build(variables)

    @tf.function
    def train():
        with tf.GradientTape() as tape:
            found = network(given, training=True)
            loss = tf.reduce_mean(tf.square(found - given[0]))
        optimizer.apply(tape.gradient(loss, variables), variables)

    return train


def _sample(network, texts, shape):
    import tensorflow as tf

    from keras_gen import networks
    from keras_gen.models.diffusion import guidance, process, solvers

    ddpm = process.named("linear", "epsilon", "simple")
    read, rest = networks.split_unet(network)
    denoise = guidance.guided(
        lambda parts: ddpm.denoiser(lambda x, t: rest([x, t, *parts])),
        read(texts[:1]),
        read(texts[1:2]),
        _SCALE,
    )
    grid = ddpm.schedule.grid(_NUM_STEPS)
    noise = grid[0] * tf.random.normal((1, *shape))
    ddim = solvers.SOLVERS["ddim"]
    return solvers.integrate(ddim, denoise, noise, grid, tf.constant([0]))


if __name__ == "__main__":
    app.run(main)
