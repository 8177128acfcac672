"""Ways down from noise to an image, one file each; `SOLVERS` has them by name.

A solver is one pure step of the ordinary differential equation

    dx / dsigma = (x - D(x, sigma)) / sigma

(Karras et al. 2022, Eq. 3) or of the stochastic one with the same marginals:

    step(Step, state) -> (x [B, ...], state)

`integrate` repeats it in one compiled loop. As every schedule is x0 + sigma
noise here, a solver is the same for all of them, and some that have several
names elsewhere are one: "euler" is DDIM, "euler_ancestral" is DDPM.
"""

from keras_gen.models.diffusion.solvers import (
    ddim,
    dpmpp_2m,
    heun,
    lcm,
    pndm,
    unipc,
)
from keras_gen.models.diffusion.solvers.solver import Solver, Step, integrate

SOLVERS: dict[str, Solver] = {
    "ddim": ddim.DDIM,
    "ddpm": ddim.DDPM,
    "dpmpp_2m": dpmpp_2m.DPMPP_2M,
    "euler": ddim.DDIM,
    "euler_ancestral": ddim.DDPM,
    "heun": heun.HEUN,
    "lcm": lcm.LCM,
    "pndm": pndm.PNDM,
    "unipc": unipc.UNIPC,
}


def named(name: str) -> Solver:
    """The solver of that name.

    Raises:
        ValueError: there is none.
    """
    if name not in SOLVERS:
        raise ValueError(
            f"`solver` must be one of {', '.join(SOLVERS)}, or a Solver of "
            f"your own. Received: {name!r}."
        )
    return SOLVERS[name]


__all__ = ["SOLVERS", "Solver", "Step", "integrate", "named"]
