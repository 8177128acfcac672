"""Config of `AdversarialTraining`."""

import dataclasses
from typing import Any, Self

from keras_gen import config

METHODS = ("plain", "goodfellow", "madry", "trades", "fast")

_FAST_STEP = 1.25  # Of epsilon: Wong et al. 2020, section 4.1.


@dataclasses.dataclass(frozen=True)
class AdversarialTrainingConfig(config.Config):
    """Hyper-parameters of `AdversarialTraining`."""

    image_shape: tuple[int, ...] = config.field(
        (28, 28, 1), "(H, W, C) of the images.", low=1, length=3
    )
    num_classes: int = config.field(10, "V.", low=2)
    feature_size: int = config.field(
        64, "Width of the built-in classifier's last hidden layer.", low=1
    )
    method: str = config.field(
        "madry",
        "What is learned from: images alone (plain), half of them after FGSM "
        "(goodfellow), all after PGD (madry) or after one step of it from a "
        "random start (fast), or images whose answer an attack may not move "
        "(trades).",
        choices=METHODS,
    )
    epsilon: float = config.field(
        0.3, "Radius of the attack, as a share of the range.", low=0.0
    )
    norm: str = config.field("inf", "Of the attack.", choices=("inf", "l2"))
    num_steps: int = config.field(
        10, "Of the attack, by madry and trades.", low=1
    )
    step_size: float = config.field(
        0.06, "Of a step, as a share of the range; not of fast.", low=0.0
    )
    attack_warmup_steps: int = config.field(
        1000,
        "Of training, over which what the attack changes grows from nothing; "
        "without them all answers may stay the same for ever.",
        low=0,
    )
    clean_share: float = config.field(
        0.5, "Of the loss of images as they are, by goodfellow.", low=0, high=1
    )
    trades_weight: float = config.field(
        6.0, "1 / lambda, of what the attack moves, by trades.", low=0.0
    )
    seed: int = config.field(0, "Of the initial weights and of all noise.")

    def check(self) -> None:
        _ = self.attack  # Checks its own numbers.

    @property
    def attack(self) -> Any:
        """The FGSM or PGD of training, by which `evaluate` measures, too."""
        from keras_gen import attacks  # Late: it needs TensorFlow.

        bounds = {"epsilon": self.epsilon, "norm": self.norm}
        if self.method in ("plain", "goodfellow"):
            return attacks.FGSM(**bounds)
        one_step = {"num_steps": 1, "step_size": _FAST_STEP * self.epsilon}
        several = {"num_steps": self.num_steps, "step_size": self.step_size}
        steps = one_step if self.method == "fast" else several
        return attacks.PGD(keep="last", **bounds, **steps)

    @classmethod
    def tiny(cls) -> Self:
        return cls(
            image_shape=(6, 5, 1),
            num_classes=3,
            feature_size=8,
            num_steps=2,
            attack_warmup_steps=0,
        )
