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

With `--strategy=cores` each core has a part of the rows, as in a trainer of
that flag; sampling has one image, and is left out.
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
_STRATEGY = flags.DEFINE_enum(
    "strategy", "default", ["default", "cores"], "Ours, of one step."
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
        for name, run in ours.items():
            peers.compare(
                name, _CALLS[name], run, peer, _ROUNDS.value, "diffusers"
            )


def _tasks(batch, size, tokens, context, widths, attention) -> dict:
    """{name: function} of the same tasks as `diffusers_peer`."""
    import tensorflow as tf

    from keras_gen import networks, strategies

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
    strategy = strategies.named(_STRATEGY.value)
    with strategy.scope():
        network = make(dtype=_PRECISION.value)
        learning = make(dtype="mixed_bfloat16" if low else "float32")
    x = tf.random.normal((batch, *shape))
    texts = tf.random.normal((batch, tokens, context))
    rows = x, tf.range(batch, dtype=tf.float32), texts
    given = _shared_out(strategy, rows)
    tasks = {
        "forward": _forward(strategy, network, given),
        "train": _training(strategy, learning, given),
    }
    if _STRATEGY.value == "default":
        # As of `generate(jit_compile=True)`.
        sample = tf.function(
            lambda: _sample(network, texts, shape), jit_compile=True
        )
        tasks["sample"] = lambda: sample().numpy()
    return tasks


def _shared_out(strategy, rows):
    """Tensors [B, ...] as each replica's own rows of them."""
    import tensorflow as tf

    data = tf.data.Dataset.from_tensors(rows)
    return next(iter(strategy.experimental_distribute_dataset(data)))


def _forward(strategy, network, given):
    import tensorflow as tf

    @tf.function
    def forward():
        found = strategy.run(lambda *rows: network(rows), given)
        return tf.concat(strategy.experimental_local_results(found), axis=0)

    return lambda: forward().numpy()  # Reading a result waits for it.


def _training(strategy, network, given):
    """A step of Adam towards x."""
    import tensorflow as tf

    from keras_gen import distribution, optimizers

    variables = network.trainable_variables
    with strategy.scope():
        optimizer = optimizers.Adam(1e-4)
        optimizer.build(variables)

    def losses(batch, seed):
        del seed
        rows = [batch[name] for name in ("x", "time", "texts")]
        errors = tf.square(network(rows, training=True) - rows[0])
        return {"loss": tf.reduce_mean(errors, axis=[1, 2, 3])}

    def update(*rows):
        batch = dict(zip(("x", "time", "texts"), rows, strict=True))
        _, found = distribution.gradients(
            losses, batch, None, variables, optimizer, jit_compile=False
        )
        distribution.apply_gradients(optimizer, found, variables)

    return tf.function(lambda: strategy.run(update, given))


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
