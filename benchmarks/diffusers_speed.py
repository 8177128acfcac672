"""A U-Net of Stable Diffusion's kind against diffusers, on the CPU.

    python -m venv torchenv && torchenv/bin/pip install diffusers torch
    python -m benchmarks.diffusers_speed --peer_python=torchenv/bin/python
    python -m benchmarks.diffusers_speed --peer_python=torchenv/bin/python \\
        --precision=bfloat16

measures in turn, in two processes of which one waits: the forward pass and a
training step of 8 latent maps 32x32x4 with 16 tokens (widths 64,128, attention
everywhere), and sampling by 50 steps of DDIM with guidance for one image.
PyTorch's network is channels-last, as is TensorFlow's. Prints the ratios of
seconds, theirs by ours: two minutes on two CPU cores.
"""

import pathlib
import statistics
import subprocess
import time

from absl import app, flags

from keras_gen import console

_PEER = flags.DEFINE_string(
    "peer_python", None, "A Python with torch and diffusers.", required=True
)
_ROUNDS = flags.DEFINE_integer("rounds", 9, "Pairs of runs.", lower_bound=1)
_PRECISION = flags.DEFINE_enum(
    "precision", "float32", ["float32", "bfloat16"], "Of both."
)

BATCH, SIZE, CHANNELS, TOKENS, WIDTH = 8, 32, 4, 16, 64
NUM_STEPS, SCALE = 50, 4.0
# Calls in one measurement, so that each takes about a second.
_CALLS = {"forward": 10, "train": 4, "sample": 1}


def main(argv: list[str]) -> None:
    """Runs both in turn and prints the ratios."""
    del argv
    console.import_tensorflow()
    ours = _tasks()
    script = pathlib.Path(__file__).with_name("diffusers_peer.py")
    with subprocess.Popen(
        [_PEER.value, script, _PRECISION.value],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as peer:

        def theirs(name):
            peer.stdin.write(f"{name}\n")
            peer.stdin.flush()
            return float(peer.stdout.readline())

        for name, calls in _CALLS.items():
            _measure(name, calls, ours[name], lambda n=name: theirs(n))
        peer.stdin.close()


def _measure(name, calls, run, peer) -> None:
    def seconds():
        start = time.perf_counter()
        for _ in range(calls):
            run()
        return (time.perf_counter() - start) / calls

    run(), peer()  # Traces and warms up.
    pairs = [
        (seconds(), statistics.fmean(peer() for _ in range(calls)))
        for _ in range(_ROUNDS.value)
    ]
    mine, other = (statistics.median(each) for each in zip(*pairs, strict=True))
    ratios = [b / a for a, b in pairs]
    print(
        f"{name:8} {1000 * mine:8.1f} ms, diffusers {1000 * other:8.1f} ms, "
        f"ratio {statistics.median(ratios):.2f} "
        f"({min(ratios):.2f} to {max(ratios):.2f})",
        flush=True,
    )


def _network(dtype):
    from keras_gen import networks

    return networks.unet(
        (SIZE, SIZE, CHANNELS),
        widths=(64, 128),
        num_blocks=1,
        attention_levels=(0, 1),
        num_heads=4,
        num_groups=8,
        context_size=WIDTH,
        dtype=dtype,
    )


def _tasks() -> dict:
    """{name: function} of the same tasks as `diffusers_peer`."""
    import keras
    import tensorflow as tf

    low = _PRECISION.value == "bfloat16"
    network = _network("mixed_bfloat16" if low else "float32")
    optimizer = keras.optimizers.Adam(1e-4)
    optimizer.build(network.trainable_variables)
    x = tf.random.normal((BATCH, SIZE, SIZE, CHANNELS))
    context = tf.random.normal((BATCH, TOKENS, WIDTH))
    when = tf.range(BATCH, dtype=tf.float32)

    @tf.function
    def forward():
        return network([x, when, context])

    @tf.function
    def train():
        with tf.GradientTape() as tape:
            found = network([x, when, context], training=True)
            loss = tf.reduce_mean(tf.square(found - x))
        variables = network.trainable_variables
        gradients = tape.gradient(loss, variables)
        optimizer.apply(gradients, variables)

    sample = tf.function(lambda: _sample(network, context))
    # Reading a result waits for it.
    return {
        "forward": lambda: forward().numpy(),
        "train": train,
        "sample": lambda: sample().numpy(),
    }


def _sample(network, context):
    import tensorflow as tf

    from keras_gen import networks
    from keras_gen.models.diffusion import guidance, process, solvers

    ddpm = process.named("linear", "epsilon", "simple")
    read, rest = networks.split_unet(network)
    denoise = guidance.guided(
        lambda parts: ddpm.denoiser(lambda x, t: rest([x, t, *parts])),
        read(context[:1]),
        read(context[1:2]),
        SCALE,
    )
    grid = ddpm.schedule.grid(NUM_STEPS)
    noise = grid[0] * tf.random.normal((1, SIZE, SIZE, CHANNELS))
    ddim = solvers.SOLVERS["ddim"]
    return solvers.integrate(ddim, denoise, noise, grid, tf.constant([0]))


if __name__ == "__main__":
    app.run(main)
