"""Where the steps of sampling stand.

S sigmas, falling; the last step goes from the last of them to 0. For every
schedule, of continuous time or not:

    karras    even in sigma^(1 / 7), from the highest to the lowest
    time      even in time (`Schedule.grid`)

For the discrete processes, whose sigmas are a table of T timesteps 0 ... T - 1,
also those that networks were published with, k = 0 ... S - 1:

    leading   1 + (S - 1 - k) floor(T / S): what DDIM, DDPM and PNDM of Stable
              Diffusion use; the highest sigmas are left out
    lcm       every floor(50 k / S)-th of the 50 that latent consistency models
              were distilled at: T - 1, T - 1 - T / 50, ...
    linspace  even from T - 1 to 0; sigma is linear between timesteps: Euler's
              and Heun's in diffusers
    trailing  round(T - k T / S) - 1
    whole     round((T - 1) (1 - k / S)): "time" at whole timesteps, which
              diffusers calls linspace for DPM-Solver++ and UniPC

Reference: Karras et al. 2022, arXiv 2206.00364, Eq. 5; Lin et al. 2023, arXiv
2305.08891, Table 2; Luo et al. 2023, arXiv 2310.04378.
"""

from collections.abc import Callable

import numpy as np

_RHO = 7.0
_LEADING_OFFSET = 1  # Of Stable Diffusion.
_NUM_DISTILLED = 50  # Of latent consistency models.


def karras(num_steps: int, lowest: float, highest: float) -> np.ndarray:
    """[S] sigmas, even in sigma^(1 / 7)."""
    high, low = highest ** (1 / _RHO), lowest ** (1 / _RHO)
    return (high + np.linspace(0, 1, num_steps) * (low - high)) ** _RHO


def discrete(num_steps: int, spacing: str, table: np.ndarray) -> np.ndarray:
    """[S] sigmas at timesteps of a discrete process.

    Args:
        num_steps: S.
        spacing: a name in `TIMESTEPS`.
        table: [T], the sigmas of the timesteps, rising.

    Raises:
        ValueError: there are more steps than timesteps to stand on.
    """
    total = len(table)
    times = TIMESTEPS[spacing](num_steps, total)
    if times[0] > total - 1 or (np.diff(times) >= 0).any():
        count = _NUM_DISTILLED if spacing == "lcm" else total
        raise ValueError(
            f"`num_steps` must leave each step a timestep of its own: spacing "
            f"{spacing} chooses among {count}. Received: {num_steps}. Take "
            "fewer steps, or spacing time."
        )
    return np.interp(times, np.arange(total), table)


def _leading(num_steps, total):
    return np.arange(num_steps)[::-1] * (total // num_steps) + _LEADING_OFFSET


def _lcm(num_steps, total):
    # More steps than were distilled repeat one: `discrete` refuses them.
    nth = np.arange(num_steps) * _NUM_DISTILLED // num_steps
    return total - 1 - nth * (total // _NUM_DISTILLED)


def _linspace(num_steps, total):
    # Differs from diffusers: its one step would stand at 0, this at the top.
    return np.linspace(total - 1, 0, num_steps)


def _trailing(num_steps, total):
    # In these words also halves are rounded as elsewhere.
    times = np.arange(total, 0, -total / num_steps)
    return np.round(times[:num_steps]) - 1


def _whole(num_steps, total):
    return np.round(np.linspace(0, total - 1, num_steps + 1))[:0:-1]


# (S, T) to timesteps [S], falling.
TIMESTEPS: dict[str, Callable[[int, int], np.ndarray]] = {
    "leading": _leading,
    "lcm": _lcm,
    "linspace": _linspace,
    "trailing": _trailing,
    "whole": _whole,
}
