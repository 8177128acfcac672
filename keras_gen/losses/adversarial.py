"""What a generator and a discriminator want from each other's logits.

A loss is a pair of functions of logits [B], large where an image looks real:

    discriminator(real_logits, fake_logits, targets) -> [B]
    generator(fake_logits) -> [B]

both to be minimised. `LOSSES` has them by name:

    name            discriminator                         generator
    minimax         -log D(x) - log(1 - D(G(z)))          log(1 - D(G(z)))
    non_saturating  -log D(x) - log(1 - D(G(z)))          -log D(G(z))
    least_squares   (D(x) - 1)^2 / 2 + D(G(z))^2 / 2      (D(G(z)) - 1)^2 / 2
    hinge           max(0, 1 - D(x)) + max(0, 1 + D(G(z)))  -D(G(z))
    wasserstein     D(G(z)) - D(x)                        -D(G(z))

where D is a probability, the sigmoid of the logit, in the first two and the
logit itself in the others.

Label smoothing and noisy labels change the targets that the discriminator is
asked for. Hinge and Wasserstein losses compare and have no targets: they take
the neutral `Targets()` alone.

Reference: Goodfellow et al. 2014, arXiv 1406.2661, Eq. 1 and section 3; Mao et
al. 2016, arXiv 1611.04076, Eq. 2 with a = 0, b = c = 1; Miyato et al. 2018,
arXiv 1802.05957, Eq. 16 and 17; Arjovsky et al. 2017, arXiv 1701.07875, Eq. 2.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from keras import ops


class Targets(NamedTuple):
    """What D is asked to say; numbers or [B]. The defaults change nothing."""

    real: Any = 1.0
    fake: Any = 0.0


class AdversarialLoss(NamedTuple):
    """A pair of losses.

    Attributes:
        discriminator: (real_logits [B], fake_logits [B], Targets) -> [B].
        generator: fake_logits [B] -> [B].
        has_targets: whether Targets other than the neutral ones make sense.
    """

    discriminator: Callable[[Any, Any, Targets], Any]
    generator: Callable[[Any], Any]
    has_targets: bool


def cross_entropy(logits: Any, target: Any) -> Any:
    """-target log D - (1 - target) log(1 - D), [B] nats, from logits [B].

    Linear in the target, so soft targets above 1 are allowed.
    """
    return ops.softplus(logits) - target * logits


def _by_cross_entropy(real_logits, fake_logits, targets):
    return cross_entropy(real_logits, targets.real) + cross_entropy(
        fake_logits, targets.fake
    )


def _by_squares(real_logits, fake_logits, targets):
    return 0.5 * (
        ops.square(real_logits - targets.real)
        + ops.square(fake_logits - targets.fake)
    )


def _by_hinge(real_logits, fake_logits, targets):
    del targets
    return ops.relu(1.0 - real_logits) + ops.relu(1.0 + fake_logits)


def _by_difference(real_logits, fake_logits, targets):
    del targets
    return fake_logits - real_logits


LOSSES: dict[str, AdversarialLoss] = {
    "non_saturating": AdversarialLoss(
        _by_cross_entropy, lambda fake: cross_entropy(fake, 1.0), True
    ),
    "minimax": AdversarialLoss(
        _by_cross_entropy, lambda fake: -cross_entropy(fake, 0.0), True
    ),
    "least_squares": AdversarialLoss(
        _by_squares, lambda fake: 0.5 * ops.square(fake - 1.0), True
    ),
    "hinge": AdversarialLoss(_by_hinge, ops.negative, False),
    "wasserstein": AdversarialLoss(_by_difference, ops.negative, False),
}
