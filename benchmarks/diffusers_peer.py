"""The U-Net of `diffusers_speed`, by diffusers; torch is needed.

Reads names of tasks from the standard input, one a line, and answers each with
the seconds it took. The first run of each is left out by the caller.
"""

import sys
import time

import diffusers
import torch

BATCH, SIZE, CHANNELS, TOKENS, WIDTH = 8, 32, 4, 16, 64
NUM_STEPS, SCALE = 50, 4.0


def main(precision: str) -> None:
    """Answers tasks until the input ends."""
    torch.manual_seed(0)
    tasks = {"forward": _forward, "train": _train, "sample": _sample}
    runs = {name: make(precision) for name, make in tasks.items()}
    for line in sys.stdin:
        start = time.perf_counter()
        runs[line.strip()]()
        print(time.perf_counter() - start, flush=True)


def _network():
    network = diffusers.UNet2DConditionModel(
        sample_size=SIZE,
        in_channels=CHANNELS,
        out_channels=CHANNELS,
        block_out_channels=(64, 128),
        down_block_types=("CrossAttnDownBlock2D",) * 2,
        up_block_types=("CrossAttnUpBlock2D",) * 2,
        layers_per_block=1,
        norm_num_groups=8,
        cross_attention_dim=WIDTH,
        attention_head_dim=4,
    )
    return network.to(memory_format=torch.channels_last)


def _inputs(rows=BATCH, dtype=torch.float32):
    x = torch.randn(rows, CHANNELS, SIZE, SIZE, dtype=dtype)
    x = x.to(memory_format=torch.channels_last)
    return x, torch.randn(rows, TOKENS, WIDTH, dtype=dtype)


def _dtype(precision):
    return torch.bfloat16 if precision == "bfloat16" else torch.float32


def _forward(precision):
    dtype = _dtype(precision)
    network = _network().to(dtype).eval()
    x, context = _inputs(dtype=dtype)
    when = torch.arange(BATCH)

    def run():
        with torch.inference_mode():
            network(x, when, context)

    return run


def _train(precision):
    network = _network()
    optimizer = torch.optim.Adam(network.parameters(), 1e-4)
    x, context = _inputs()
    when = torch.arange(BATCH)
    low = precision == "bfloat16"

    def run():
        with torch.autocast("cpu", torch.bfloat16, enabled=low):
            found = network(x, when, context).sample
        loss = torch.nn.functional.mse_loss(found.float(), x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return run


def _sample(precision):
    """The loop of the pipelines: DDIM, both prompts in one batch."""
    dtype = _dtype(precision)
    network = _network().to(dtype).eval()
    scheduler = diffusers.DDIMScheduler()
    _, context = _inputs(2, dtype)

    def run():
        with torch.inference_mode():
            x = torch.randn(1, CHANNELS, SIZE, SIZE, dtype=dtype)
            scheduler.set_timesteps(NUM_STEPS)
            for when in scheduler.timesteps:
                both = network(torch.cat([x, x]), when, context).sample
                plain, led = both.chunk(2)
                noise = plain + SCALE * (led - plain)
                x = scheduler.step(noise, when, x).prev_sample

    return run


if __name__ == "__main__":
    main(sys.argv[1])
