"""Multistep sampling of consistency models: jump to the image, add new noise.

    x' = f(x, sigma) + sigma' noise

f, in the place of the denoiser, gives the image at the end of the way through
x: where it is exact, one step is enough and more steps keep the distribution. A
denoiser that gives the mean of all images below the noise, as diffusion models
do, is no such f: what is drawn with it is too smooth.

A consistency model must be exact at its lowest noise, f(x, 0) = x, and is
trained with scalings that make it so. They belong to the network: `consistent`
puts them around a denoiser.

Reference: Song et al. 2023, arXiv 2303.01469, Algorithm 1; Luo et al. 2023,
arXiv 2310.04378, Algorithm 3 and section 4.
"""

from collections.abc import Callable

import tensorflow as tf

from keras_gen import protocols
from keras_gen.models.diffusion.solvers import solver

_DATA_DEVIATION = 0.5  # d
_TIME_SCALE = 10.0  # Of latent consistency models.


def _step(at: solver.Step, state: tuple) -> tuple[tf.Tensor, tuple]:
    return at.guess(at.x, at.sigma) + at.next_sigma * at.noise(), state


LCM = solver.Solver(_step, order=0)


def consistent(
    denoise: protocols.Denoiser, told_of: Callable[[tf.Tensor], tf.Tensor]
) -> protocols.Denoiser:
    """f of a network that was distilled to a latent consistency model.

        f = skip x / sqrt(1 + sigma^2) + out D(x, sigma)
        skip = d^2 / (u^2 + d^2),  out = u / sqrt(u^2 + d^2),  u = 10 timestep

    From timestep 20 on, skip is below 1e-5, and f is D.

    Args:
        denoise: D, of the network.
        told_of: sigma [B] to timestep [B], `Schedule.told_of`.
    """

    def found(x, sigma):
        scaled = _TIME_SCALE * told_of(sigma)
        total = tf.square(scaled) + _DATA_DEVIATION**2
        skip = (
            _DATA_DEVIATION**2 * tf.math.rsqrt(1.0 + tf.square(sigma)) / total
        )
        out = scaled * tf.math.rsqrt(total)
        shape = (-1,) + (1,) * (x.shape.rank - 1)
        skip, out = tf.reshape(skip, shape), tf.reshape(out, shape)
        return skip * x + out * denoise(x, sigma)

    return found
