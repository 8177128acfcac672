"""The U-Net of `diffusers_speed`, by diffusers; torch is needed.

Run by its path, so that what is beside it can be imported.
"""

import json
import sys

import diffusers
import peers
import torch

_CHANNELS, _NUM_STEPS, _SCALE = 4, 50, 4.0


def main(precision: str, sizes: dict) -> None:
    """Answers tasks until the input ends."""
    torch.manual_seed(0)
    tasks = {"forward": _forward, "train": _train, "sample": _sample}
    runs = {name: make(precision, sizes) for name, make in tasks.items()}
    peers.answer(runs)


def _network(sizes):
    levels = range(len(sizes["widths"]))
    looks = ["CrossAttn" * (level in sizes["attention"]) for level in levels]
    network = diffusers.UNet2DConditionModel(
        sample_size=sizes["size"],
        in_channels=_CHANNELS,
        out_channels=_CHANNELS,
        block_out_channels=tuple(sizes["widths"]),
        down_block_types=tuple(f"{look}DownBlock2D" for look in looks),
        up_block_types=tuple(f"{look}UpBlock2D" for look in looks[::-1]),
        layers_per_block=1,
        norm_num_groups=8,
        cross_attention_dim=sizes["context"],
        attention_head_dim=4,
    )
    return network.to(memory_format=torch.channels_last)


def _inputs(sizes, rows=None, dtype=torch.float32):
    rows = rows or sizes["batch"]
    side = sizes["size"]
    x = torch.randn(rows, _CHANNELS, side, side, dtype=dtype)
    x = x.to(memory_format=torch.channels_last)
    texts = torch.randn(rows, sizes["tokens"], sizes["context"], dtype=dtype)
    return x, texts


def _dtype(precision):
    return torch.bfloat16 if precision == "bfloat16" else torch.float32


def _forward(precision, sizes):
    dtype = _dtype(precision)
    network = _network(sizes).to(dtype).eval()
    x, context = _inputs(sizes, dtype=dtype)
    when = torch.arange(len(x))

    def run():
        with torch.inference_mode():
            network(x, when, context)

    return run


def _train(precision, sizes):
    network = _network(sizes)
    optimizer = torch.optim.Adam(network.parameters(), 1e-4)
    x, context = _inputs(sizes)
    when = torch.arange(len(x))
    low = precision == "bfloat16"

    def run():
        with torch.autocast("cpu", torch.bfloat16, enabled=low):
            found = network(x, when, context).sample
        loss = torch.nn.functional.mse_loss(found.float(), x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return run


def _sample(precision, sizes):
    """The loop of the pipelines: DDIM, both prompts in one batch."""
    dtype = _dtype(precision)
    network = _network(sizes).to(dtype).eval()
    scheduler = diffusers.DDIMScheduler()
    shape = (1, _CHANNELS, sizes["size"], sizes["size"])
    _, context = _inputs(sizes, 2, dtype)

    def run():
        with torch.inference_mode():
            x = torch.randn(shape, dtype=dtype)
            scheduler.set_timesteps(_NUM_STEPS)
            for when in scheduler.timesteps:
                both = network(torch.cat([x, x]), when, context).sample
                plain, led = both.chunk(2)
                noise = plain + _SCALE * (led - plain)
                x = scheduler.step(noise, when, x).prev_sample

    return run


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
