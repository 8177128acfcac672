"""Config of a training run: everything that is neither the model's nor the
data's own."""

import contextlib
import dataclasses
from collections.abc import Iterator

from keras_gen import config, console


@dataclasses.dataclass(frozen=True)
class RunConfig(config.Config):
    """How to train, and where results go."""

    workdir: str = config.field(
        "", "Directory of the run. Running again with the same one resumes."
    )
    batch_size: int = config.field(
        128, "Examples in a step, on all devices together.", low=1
    )
    num_epochs: int = config.field(10, "Passes over the data.", low=1)
    learning_rate: float = config.field(1e-3, "Of Adam.", low=0.0)
    beta_1: float = config.field(
        0.9, "Decay of the mean gradient in Adam.", low=0.0, high=1.0
    )
    beta_2: float = config.field(
        0.999, "Decay of the mean squared gradient in Adam.", low=0.0, high=1.0
    )
    adam_epsilon: float = config.field(
        1e-7, "Added to the root of the mean square in Adam.", low=0.0
    )
    weight_decay: float = config.field(
        0.0,
        "Share of a weight that an update takes away, in learning rates; "
        "norms and biases keep theirs.",
        low=0.0,
    )
    learning_rate_schedule: str = config.field(
        "constant",
        "cosine falls to 0 over the run.",
        choices=("constant", "cosine"),
    )
    warmup_steps: int = config.field(
        0, "Steps in which the learning rate rises from 0.", low=0
    )
    clip_norm: float = config.field(
        0.0, "Greatest norm of the whole gradient; 0 does not clip.", low=0.0
    )
    evaluate_every_epochs: int = config.field(
        1, "Epochs between evaluations on the test split; 0 for none.", low=0
    )
    sample_every_epochs: int = config.field(
        1, "Epochs between samples; 0 for none.", low=0
    )
    checkpoint_every_steps: int = config.field(
        1000, "Steps between checkpoints within an epoch.", low=1
    )
    keep_checkpoints: int = config.field(
        3, "How many of the last checkpoints stay.", low=2
    )
    strategy: str = config.field(
        "default",
        "Devices: one, each core of the CPU, all of this machine, several "
        "machines (TF_CONFIG), TPU.",
        choices=("default", "cores", "mirrored", "multi_worker", "tpu"),
    )
    precision: str = config.field(
        "float32",
        "Of the networks; losses are float32.",
        choices=("float32", "mixed_bfloat16", "mixed_float16"),
    )
    jit_compile: bool = config.field(
        False, "Compiles the training step by XLA."
    )
    steps_per_execution: int = config.field(
        10, "Steps in one call of the compiled loop.", low=1
    )
    overwrite: bool = config.field(
        False, "Deletes what an earlier run left in the workdir."
    )
    dry_run: bool = config.field(
        False,
        "Prints shapes, parameters and memory, makes two steps and a round "
        "trip through the export, and keeps nothing.",
    )

    def check(self) -> None:
        if not self.workdir and not self.dry_run:
            raise ValueError(
                "`workdir` is missing: name a directory for the run, such as "
                "--workdir=runs/vae."
            )

    @contextlib.contextmanager
    def started(self) -> Iterator[None]:
        """As `console.explained`, with the strategy made before all else."""
        with console.explained():
            from keras_gen import strategies

            strategies.named(self.strategy)
            yield

    @property
    def fixed(self) -> tuple[str, ...]:
        """What decides the numbers of a run: resuming must not change it."""
        # A schedule over the run depends on where the run ends.
        cosine = self.learning_rate_schedule == "cosine"
        return _FIXED + (("num_epochs",) if cosine else ())


_FIXED = (
    "batch_size",
    "learning_rate",
    "beta_1",
    "beta_2",
    "adam_epsilon",
    "weight_decay",
    "learning_rate_schedule",
    "warmup_steps",
    "clip_norm",
    "precision",
)
