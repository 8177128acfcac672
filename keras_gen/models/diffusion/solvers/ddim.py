"""DDIM, and DDPM's ancestral sampling as its noisiest member.

    x' = D + sqrt(sigma'^2 - up^2) e + up noise,    e = (x - D) / sigma
    up = eta sigma' sqrt(1 - sigma'^2 / sigma^2)

With eta 0 it is Euler's method: x' = x + (sigma' - sigma) e. With eta 1 it is
the posterior of DDPM, q(x' | x, x0 = D), and Euler's method made ancestral,
whose up^2 is sigma'^2 (sigma^2 - sigma'^2) / sigma^2.

Reference: Song et al. 2020, arXiv 2010.02502, Eq. 12 and 16, divided by the
signal rate; Ho et al. 2020, arXiv 2006.11239, Eq. 7; Karras et al. 2022, arXiv
2206.00364.
"""

import tensorflow as tf

from keras_gen.models.diffusion.solvers import solver


def with_eta(eta: float) -> solver.Solver:
    """DDIM with noise.

    Args:
        eta: from 0, no noise, to 1, that of DDPM.

    Raises:
        ValueError: `eta` is outside.
    """
    if not 0 <= eta <= 1:
        raise ValueError(
            f"`eta` must lie in [0, 1]. Received: {eta}. 0 is DDIM, 1 DDPM."
        )

    def step(at: solver.Step, state: tuple) -> tuple[tf.Tensor, tuple]:
        clean = at.guess(at.x, at.sigma)
        direction = (at.x - clean) / at.sigma
        if not eta:
            return clean + at.next_sigma * direction, state
        share = at.next_sigma / at.sigma
        up = eta * at.next_sigma * tf.sqrt(1.0 - tf.square(share))
        down = tf.sqrt(tf.square(at.next_sigma) - tf.square(up))
        return clean + down * direction + up * at.noise(), state

    return solver.Solver(step, order=0 if eta else 1)


DDIM = with_eta(0.0)
DDPM = with_eta(1.0)
