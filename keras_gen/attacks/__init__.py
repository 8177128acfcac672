"""Adversarial examples: the network is frozen, the image is what changes.

    FGSM             one step along the sign of the gradient
    PGD              many, in a ball of norm "inf" or "l2"; momentum, restarts
    CarliniWagnerL2  the nearest image that is taken for something else

Each is an object of a few numbers, a function of any `LogitsFn`:

    attack = attacks.PGD(epsilon=0.3, step_size=0.01, num_steps=100)
    changed = attack(classifier, images, labels, seed)

Images lie in [-1, 1]. Distances count in units of the whole range, so that
epsilon 0.3 or 8/255 is that of papers, whose images lie in [0, 1].

A row's result depends on its image, label and seed alone, if the logits do.
"""

from keras_gen.attacks.carlini_wagner import CarliniWagnerL2
from keras_gen.attacks.objectives import check_logits, is_reached
from keras_gen.attacks.projected_gradient import FGSM, PGD

__all__ = ["FGSM", "PGD", "CarliniWagnerL2", "check_logits", "is_reached"]
